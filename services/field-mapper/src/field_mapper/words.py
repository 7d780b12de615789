"""The words that a contact is found by: the beginnings of names and companies, in any case and with any accents."""

import re
import string
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from connectors_shared.contract.contact import UserField

SEARCHED: Final = frozenset({UserField.FIRST_NAME, UserField.LAST_NAME, UserField.COMPANY})
"""Fields whose words are kept."""
_IN_ORDER: Final = sorted(SEARCHED)
WORD: Final = re.compile(r"[^\W_]+")
MOST_CHARACTERS: Final = 1_000
"""Of a field, that are looked at."""
WORD_CHARACTERS: Final = 40
MOST_WORDS: Final = 20
"""Of one contact."""
LAST_CHARACTER: Final = "\U0010ffff"
_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def in_lower_case(text: str) -> str:
    """A to Z only, as Postgres' `lower` with the collation "C"."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def words_of(user: Mapping[str, Any]) -> frozenset[str]:
    """Of a contact's user fields."""
    found: dict[str, None] = {}
    for name in _IN_ORDER:
        if text := user.get(name):
            found |= dict.fromkeys(words_in(text))
    return frozenset(found if len(found) <= MOST_WORDS else list(found)[:MOST_WORDS])


def words_in(text: str) -> list[str]:
    """Runs of letters and digits, folded: `\u00c9mile O'Neil` gives emile, o and neil."""
    plain = text[:MOST_CHARACTERS]
    if not plain.isascii():
        parted = unicodedata.normalize("NFKD", plain.casefold())
        plain = "".join(character for character in parted if not unicodedata.combining(character))
    return [word[:WORD_CHARACTERS] for word in WORD.findall(plain.lower())]


def end_of_prefix(prefix: str) -> str:
    """What begins with the prefix is at least that, and below this, by the order of code points."""
    return prefix + LAST_CHARACTER
