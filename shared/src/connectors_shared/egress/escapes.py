"""The many ways in which a text stands in JSON, and the one that all of them are brought to."""

import html
import json
import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote, quote_plus

CODES: Final = re.compile(rb"\\u(?:[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|[0-9a-fA-F]{4})")
BACKSLASH: Final = b"\\\\"
"""As it is written. Nothing is an escape behind it."""
PERCENT: Final = re.compile("%[0-9A-F]{2}")
DOTNET: Final = re.compile("[^ !#$%()*,\\-./0-9:;=?@A-Z\\[\\]^_a-z{|}~]")
"""What System.Text.Json escapes."""
CODE: Final = re.compile(r"\\u[0-9A-F]{4}")


def may_hide(body: bytes) -> bool:
    """Has it characters that could have been written without an escape?"""
    return b"\\u" in body or b"\\/" in body


def unescaped(body: bytes) -> bytes:
    """The same JSON, with no escape but those that it needs. What is no JSON loses nothing but escapes.

    Slashes first, of which a body may have very many: each other escape costs a call.
    """
    parts = [part.replace(b"\\/", b"/") for part in body.split(BACKSLASH)]
    return BACKSLASH.join(CODES.sub(lambda code: _plain(code[0]), part) if b"\\u" in part else part for part in parts)


def forms_of(value: str) -> set[str]:
    """As it is, in JSON without needless escapes or in ASCII, in HTML, and in a URL however that is written."""
    in_url = {quote(value, safe=""), quote(value), quote_plus(value), quote_plus(value, safe="/")}
    in_url |= {PERCENT.sub(lambda octet: octet[0].lower(), form) for form in in_url}
    in_html = {html.escape(value), html.escape(value, quote=False)}
    return in_url | in_html | {value, _in_json(value), _in_json(value, ascii_only=True)}


def nested_forms_of(value: str) -> set[str]:
    """As it stands in JSON that is a text in JSON: of Python and JavaScript, of PHP, and of .NET and its like."""
    plain, ascii_only = _in_json(value), _in_json(value, ascii_only=True)
    dotnet = DOTNET.sub(_dotnet, value)
    written = {plain, ascii_only, plain.replace("/", "\\/"), ascii_only.replace("/", "\\/"), dotnet}
    written.add(dotnet.replace("/", "\\u002F"))
    written |= {CODE.sub(lambda code: code[0].lower(), form) for form in written}
    return {_in_json(form) for form in written} - {plain, value}


def _in_json(value: str, *, ascii_only: bool = False) -> str:
    return json.dumps(value, ensure_ascii=ascii_only)[1:-1]


def _dotnet(found: re.Match[str]) -> str:
    if found[0] == "\\":
        return "\\\\"
    units = found[0].encode("utf-16-be", errors="surrogatepass").hex(" ", 2).upper()
    return "".join(f"\\u{unit}" for unit in units.split())


@lru_cache(maxsize=4_096)
def _plain(written: bytes) -> bytes:
    text = written.replace(b"\\u", b"")
    character = bytes.fromhex(text.decode()).decode("utf-16-be", errors="surrogatepass")
    if "\ud800" <= character <= "\udfff":  # half a character, which no secret has
        return written
    return _in_json(character).encode()
