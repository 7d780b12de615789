"""Phone numbers that leave no doubt: what the library makes of them is known from its metadata, without the dozens of
patterns that it tries on each. All others are left to it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

PLAIN: Final = re.compile(r"(\+?)([0-9(][0-9 ().-]*)")
BETWEEN: Final = str.maketrans("", "", " ().-")
CODE_DIGITS: Final = 3
"""Of a country code, at most."""
NOWHERE: Final = "001"
"""Codes that belong to no country."""


@dataclass(frozen=True, slots=True)
class _Country:
    """`lengths`: digits that a national number may have. `prefix`: what is dialled before it, and is no part of it.
    `abroad`: what begins a number of another country.
    """

    code: str
    lengths: frozenset[int]
    prefix: re.Pattern[str] | None
    abroad: re.Pattern[str] | None

    def number(self, national: str) -> str | None:
        """E.164; None when something may have to be taken away from it first."""
        if len(national) not in self.lengths or national.startswith("0") or _begins(self.prefix, national):
            return None
        return f"+{self.code}{national}"


def plain_number(text: str, region: str | None) -> str | None:
    """E.164, where that is sure. `region`: of a number without a country code."""
    found = PLAIN.fullmatch(text)
    if found is None:
        return None
    digits = found[2].translate(BETWEEN)
    if found[1]:
        return _international(digits)
    country = _country(region) if region else None
    if country is None or digits.startswith(country.code) or _begins(country.abroad, digits):
        return None
    return country.number(digits)


def _international(digits: str) -> str | None:
    for length in range(1, CODE_DIGITS + 1):
        code = digits[:length]
        if code and int(code) in COUNTRY_CODE_TO_REGION_CODE:
            country = _country(COUNTRY_CODE_TO_REGION_CODE[int(code)][0])
            return country.number(digits[length:]) if country and not code.startswith("0") else None
    return None


@lru_cache(maxsize=512)
def _country(region: str) -> _Country | None:
    metadata = None if region == NOWHERE else PhoneMetadata.metadata_for_region(region)
    code = None if metadata is None else metadata.country_code
    if metadata is None or code is None:
        return None
    # How long numbers may be is asked of the country that a code is first of all.
    main = PhoneMetadata.metadata_for_region(phonenumbers.region_code_for_country_code(code))
    if main is None or main.general_desc is None:
        return None
    lengths = frozenset(length for length in main.general_desc.possible_length if length > 0)
    prefix, abroad = metadata.national_prefix_for_parsing, metadata.international_prefix
    return _Country(str(code), lengths, _pattern(prefix), _pattern(abroad))


def _pattern(text: str | None) -> re.Pattern[str] | None:
    return re.compile(text) if text else None


def _begins(pattern: re.Pattern[str] | None, digits: str) -> bool:
    """Whether it takes something away from the beginning."""
    found = pattern.match(digits) if pattern else None
    return found is not None and found.end() > 0
