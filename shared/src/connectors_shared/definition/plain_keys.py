"""Keys in plain sight: a literal in a header, URL, parameter or body that looks like a secret.

What stands there is shown to everybody who may read the connector, and goes wherever its URL leads. Each text is read
once, from left to right; every pattern has a fixed length.
"""

import re
from collections import Counter
from collections.abc import Iterator
from math import log2
from string import ascii_letters, digits
from typing import Any, Final
from urllib.parse import unquote

from connectors_shared.contract.connector import RequestConfig, ValueType
from connectors_shared.definition.bodies.json_body import JSON
from connectors_shared.definition.bodies.json_text import read_json_text
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.problems import Place
from connectors_shared.definition.secret_names import is_secret_itself
from connectors_shared.definition.templates import TemplateError, holds_placeholder, placeholders, split_outside

FORMATS: Final = re.compile(
    r"[sr]k_(?:live|test)_[0-9A-Za-z]{10}|sk-[A-Za-z0-9_-]{20}|gh[pousr]_[A-Za-z0-9]{20}|github_pat_[A-Za-z0-9_]{20}"
    r"|glpat-[A-Za-z0-9_-]{16}|xox[abeoprs]-[A-Za-z0-9-]{10}|A[KS]IA[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{30}"
    r"|ya29\.[A-Za-z0-9_-]{20}|SG\.[A-Za-z0-9_-]{16}|shp(?:at|ss|ca|pa)_[A-Fa-f0-9]{20}|npm_[A-Za-z0-9]{20}"
    r"|hf_[A-Za-z0-9]{20}|eyJ[A-Za-z0-9_-]{16}|-----BEGIN [A-Z ]{0,20}PRIVATE KEY"
)
SCHEME: Final = re.compile(r"(?:Bearer|Basic|Token) [A-Za-z0-9+/._=-]{8,}", re.IGNORECASE)
"""A whole value, as it stands in an Authorization header."""
STAND_IN: Final = re.compile(r'\?\?[ \t\r\n]*+"[^"]')
"""A default that is a text."""
RUN: Final = re.compile(r"[A-Za-z0-9]+")
RUN_CHARACTERS: Final = 20
LOOKED_AT: Final = 100
"""Characters of a run: what is longer and dense is dense at its beginning."""
CHANGES: Final = 4
"""Between digits and letters. Words and numbers that are written together have fewer."""
BITS: Final = 3.0
"""Of entropy for each character."""
KINDS: Final = str.maketrans(digits + ascii_letters, "0" * len(digits) + "a" * len(ascii_letters))
IN_PARAMETER: Final = (
    'looks like a key: put it into config.auth, or give it valueType "secret", where it is encrypted; '
    "if it is none, set allowPlain to true beside it"
)
IN_URL: Final = (
    'looks like a key: put it into config.auth, or into a header or query parameter with valueType "secret", where it '
    'is encrypted; if it is none, add "url" to config.allowPlain'
)
IN_BODY: Final = (
    'looks like a key: put it into config.auth, or into a header or query parameter with valueType "secret", where it '
    'is encrypted; if it is none, add "body" to config.allowPlain'
)
Named = tuple[str, Any, str | Place]
"""A name, its value, and the place of the value."""


def check_plain_keys(config: RequestConfig, pointer: str, found: Compilation) -> None:
    for index, header in enumerate(config.headers):
        if not header.allow_plain and looks_secret(header.key, header.value):
            found.refuse(f"{pointer}/headers/{index}/value", IN_PARAMETER)
    for index, param in enumerate(config.query_params):
        is_static = param.value_type is ValueType.STATIC
        if is_static and not param.allow_plain and looks_secret(param.key, param.static_value):
            found.refuse(f"{pointer}/queryParams/{index}/staticValue", IN_PARAMETER)
    if "url" not in config.allow_plain and url_looks_secret(config.url):
        found.refuse(f"{pointer}/url", IN_URL)
    if "body" not in config.allow_plain and config.body is not None:
        _check_body(config, f"{pointer}/body", found)


def looks_secret(name: str, text: str) -> bool:
    """Whether a literal text that stands under that name may be a key. One with a value in it is none for its name,
    unless a text stands in for that value.
    """
    if not text:
        return False
    if is_secret_itself(name) and text.strip() and (not holds_placeholder(text) or _has_stand_in(text)):
        return True
    if SCHEME.fullmatch(text):
        return True
    return any(FORMATS.search(part) or _is_dense(part) for part in _literals(text))


def _has_stand_in(text: str) -> bool:
    return any(STAND_IN.search(text, start, stop) for start, stop in placeholders(text))


def _literals(text: str) -> Iterator[str]:
    """What the author wrote: around placeholders, and as texts in them."""
    end = 0
    for start, stop in placeholders(text):
        yield text[end:start]
        if text.find('"', start, stop) >= 0:
            yield text[start:stop]
        end = stop
    yield text[end:]


def _is_dense(text: str) -> bool:
    return len(text) >= RUN_CHARACTERS and any(_is_random(run[0][:LOOKED_AT]) for run in RUN.finditer(text))


def _is_random(run: str) -> bool:
    if len(run) < RUN_CHARACTERS:
        return False
    kinds = run.translate(KINDS)
    changes = kinds.count("0a") + kinds.count("a0")
    return changes >= CHANGES and len(set(run)) >= 2**BITS and _entropy_bits(run) >= BITS


def _entropy_bits(text: str) -> float:
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * log2(share) for share in shares)


def url_looks_secret(url: str) -> bool:
    """Whether a key may stand in its address or in its query."""
    address, *query = split_outside(split_outside(url, "#")[0], "?")
    pairs = [pair.partition("=") for pair in split_outside("?".join(query), "&")]
    return looks_secret("", address) or any(looks_secret(unquote(name), value) for name, _, value in pairs)


def _check_body(config: RequestConfig, pointer: str, found: Compilation) -> None:
    """What is written as one text has no places of its own."""
    body, is_text = config.body, isinstance(config.body, str)
    if is_text and config.body_type in (None, JSON.type):
        try:
            body = read_json_text(config.body)
        except TemplateError:
            return
    for name, value, place in _named("", body, pointer):
        if looks_secret(name, value):
            found.refuse(pointer if is_text else place, IN_BODY)
            if is_text:
                return


def named_texts(value: Any) -> Iterator[tuple[str, str]]:
    """Every text in a value, with the name that it stands under."""
    return ((name, text) for name, text, _ in _named("", value, ""))


def _named(name: str, value: Any, place: str | Place) -> Iterator[tuple[str, str, str | Place]]:
    """Every text in a value, on a stack of its own. A row of a form is named by its key."""
    todo: list[Named] = [(name, value, place)]
    while todo:
        name, value, place = todo.pop()
        if isinstance(value, str):
            yield name, value, place
        elif isinstance(value, dict):
            key = value.get("key")
            row = key if isinstance(key, str) and isinstance(value.get("value"), str) else None
            todo += [
                (row if row is not None and inner == "value" else str(inner), item, Place(place, str(inner)))
                for inner, item in value.items()
            ]
        elif isinstance(value, list):
            todo += [(name, item, Place(place, index)) for index, item in enumerate(value)]
