"""A body as a person can look at it: text as far as it goes, anything else by type, size and hash."""

import codecs
import hashlib
from typing import Final

from connectors_shared.contract.trial import BodyKind, ShownBody

MOST_CHARACTERS: Final = 64 * 1024
MOST_JSON_CHARACTERS: Final = 8 * 1024 * 1024
"""Of an answer: cut JSON is none, and whoever builds a transform chooses from it."""
BYTES_OF_A_CHARACTER: Final = 4
"""At most."""
TEXTUAL: Final = ("text/", "json", "xml", "javascript", "x-www-form-urlencoded", "csv", "yaml", "graphql")
CONTROLS: Final = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b\x08")
LOOKED_AT: Final = 1024
LONGEST_CHARSET: Final = 40
USUAL: Final = "utf-8"
FOR_ALL_BYTES: Final = "windows-1252"
"""What text without a charset is, if it is not UTF-8 (WHATWG)."""


def shown_answer(body: bytes, content_type: str) -> ShownBody:
    """JSON goes further than other text. Takes a while for megabytes."""
    is_json = "json" in content_type.partition(";")[0].lower()
    return shown_body(body, content_type, MOST_JSON_CHARACTERS if is_json else MOST_CHARACTERS)


def shown_body(body: bytes, content_type: str, most_characters: int = MOST_CHARACTERS) -> ShownBody:
    """Takes a while for megabytes."""
    media_type = content_type.partition(";")[0].strip().lower()[:200]
    if not body:
        return ShownBody(kind=BodyKind.EMPTY, content_type=media_type)
    sha256 = hashlib.sha256(body).hexdigest()
    charset = _charset(content_type) or _guessed(body)
    if not _is_textual(media_type) and _looks_binary(body[:LOOKED_AT], charset):
        return ShownBody(kind=BodyKind.BINARY, size=len(body), content_type=media_type, sha256=sha256)
    most_bytes = most_characters * BYTES_OF_A_CHARACTER
    text = body[:most_bytes].decode(charset, "replace")
    return ShownBody(
        kind=BodyKind.TEXT,
        size=len(body),
        text=text[:most_characters],
        truncated=len(text) > most_characters or len(body) > most_bytes,
        content_type=media_type,
        charset=charset,
        sha256=sha256,
    )


def _charset(content_type: str) -> str | None:
    """The one that is said, if it is known and of text: Python has codecs that are neither."""
    for parameter in content_type[:1000].split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return _known(value.strip().strip("\"'"))
    return None


def _known(name: str) -> str | None:
    if len(name) > LONGEST_CHARSET or not name.isascii():
        return None
    try:
        found = codecs.lookup(name)
    except LookupError:
        return None
    is_text = getattr(found, "_is_text_encoding", False)
    return found.name if is_text and found.name.replace("_", "-") not in UNSAFE else None


UNSAFE: Final = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined"})
"""They are slow, or no charset of a document."""


def _guessed(body: bytes) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if body.startswith(mark):
            return name
    try:
        codecs.getincrementaldecoder(USUAL)().decode(body[: MOST_CHARACTERS * BYTES_OF_A_CHARACTER])
    except UnicodeDecodeError:
        return FOR_ALL_BYTES
    return USUAL


def _is_textual(media_type: str) -> bool:
    return any(word in media_type for word in TEXTUAL)


def _looks_binary(beginning: bytes, charset: str) -> bool:
    if charset.startswith("utf-16"):
        return False
    return charset == FOR_ALL_BYTES or not CONTROLS.isdisjoint(beginning)
