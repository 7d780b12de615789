"""What a connector's URL may be: fixed up to its path, with inputs behind that only."""

import re
from urllib.parse import unquote, urlsplit

from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.templates import Template, without_placeholders

_UNSENDABLE = re.compile(r"[\x00-\x20\x7f\\]")


def compile_url(url: str, pointer: str, found: Compilation) -> Template:
    detail = wrong_url(url)
    if detail:
        found.refuse(pointer, detail)
    template = found.template(pointer, url)
    if template.references and has_dot_segment(url):
        found.refuse(pointer, "write the path without . and .. where an input stands in it")
    return template


def has_dot_segment(url: str) -> bool:
    """Dots need no escaping, yet a segment `..` would lead out of the path that the author wrote."""
    path = re.split(r"[?#]", url, maxsplit=1)[0]
    return any(unquote(segment) in (".", "..") for segment in path.split("/"))


def wrong_url(url: str) -> str | None:
    """What is wrong with it apart from its placeholders, or None."""
    if _UNSENDABLE.search(without_placeholders(url)):
        return "must not hold spaces, line breaks, control characters or backslashes"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is not a URL: check the host and the port"
    if parts.scheme not in ("http", "https"):
        return "must begin with https:// or http://"
    if "{" in parts.netloc or "}" in parts.netloc:
        return "the host must be fixed: an input may stand in the path and the query only"
    if not parts.hostname or port == 0:
        return "must name a host, and a port from 1 to 65535 if any"
    if not parts.netloc.isprintable():
        return "the host holds a character that no host has"
    if "@" in parts.netloc:
        return "must not hold a user name or password: use config.auth, where they are encrypted"
    return None


def host_of(url: str) -> str:
    """Host and port of a URL that compiled, as written, in lower case."""
    return urlsplit(url).netloc.lower()
