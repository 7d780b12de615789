"""Whether a name, or one within some JSON, says that what it holds is secret: asked of all that is logged and shown."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from ahocorasick_rs import BytesAhoCorasick, Implementation

from connectors_shared.definition.secret_names import names_secret

PIECE_BYTES: Final = 4096
"""What is looked through at once: all matches in it are told, and the first is enough."""
LONGEST: Final = 200
"""Characters of a name that is remembered."""
_MARK_OCTETS: Final = b"-_. "
_PARTS: Final = (
    *(b"auth", b"pass", b"secret", b"token", b"key", b"credential", b"bearer", b"cookie", b"sessionid", b"jwt"),
    *(b"cardnumber", b"socialsecurity", b"pwd", b"ssn", b"cvv", b"cvc", b"pincode", b"onetimecode"),
    *(word + mark for word in (b"pin", b"otp", b"sid") for mark in (b'"', b"\\", b"=", b":")),
)
"""One of them is in each JSON that holds a sensitive name, which may be in a text."""


def any_of(words: tuple[bytes, ...]) -> Callable[[bytes], bool]:
    """Whether one of them is in some bytes: one pass for all of them, which is asked of every execution."""
    matches = BytesAhoCorasick(words, implementation=Implementation.DFA).find_matches_as_indexes
    overlap = max(map(len, words)) - 1

    def holds(text: bytes) -> bool:
        if len(text) <= PIECE_BYTES:
            return bool(matches(text))
        return any(matches(text[start : start + PIECE_BYTES + overlap]) for start in range(0, len(text), PIECE_BYTES))

    return holds


_holds_part: Final = any_of(_PARTS)


def is_sensitive(name: str) -> bool:
    """Does it say that what it holds is secret?"""
    return _remembered(name) if len(name) <= LONGEST else names_secret(name)


def names_sensitive(json: bytes) -> bool:
    """May such a name stand in it? Never false where one does, unless it is written with escapes."""
    plain = json.lower().translate(None, _MARK_OCTETS)
    return _holds_part(plain)


_remembered = lru_cache(maxsize=1024)(names_secret)
