"""Names and values of headers: what may be set, and what the sender writes by itself."""

import re
from typing import Final

NAME: Final = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
"""A token of RFC 9110 5.6.2, as a pattern for models."""
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VISIBLE_ASCII: Final = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")

FRAMING: Final = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that frame the message: the sender writes them itself."""
RESERVED: Final = FRAMING | {"host"}
"""What no definition may set. `host` names the receiver, which is the URL's."""


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def wrong_value(text: str) -> str | None:
    """What keeps a text from being a header's value, or None."""
    if not (text.isascii() and text.isprintable()) and CONTROL.search(text.replace("\t", " ")):
        return "must not hold line breaks or control characters"
    return None


def wrong_secret(text: str) -> str | None:
    """A token or key: what servers and proxies pass on unchanged."""
    if not _VISIBLE_ASCII.fullmatch(text):
        return "must be plain ASCII, without line breaks and without spaces at its ends"
    return None
