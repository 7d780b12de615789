"""Numbers and addresses that are read without the libraries' patterns come out as the libraries would have them."""

import random

import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumberFormat

from field_mapper.coercion import ValueRefusedError
from field_mapper.coercion.phones import plain_number
from field_mapper.coercion.user_fields import email_address

SHAPES = ("{}", "+{}", "({0:.3}) {0}", "{0:.2}-{0}", "+{0:.2} {0}", "0{}", "1{}", "+1{}", "+49{}", "+44 (0){}", "00{}")
ADDRESSES = [
    "Ann.O_neil+x@Example.ORG",
    "INFO@Example.org",
    "Postmaster@example.org",
    "a@b",
    "a@localhost",
    "a@x.test",
    "a@x.invalid",
    "a@xn--mnchen-3ya.example",
    "a@m\u00fcnchen.example",
    "a@-x.org",
    "a@x..org",
    "a@x.org.",
    "a@x.123",
    "@x.org",
    "a b@x.org",
    ".a@x.org",
    "a.@x.org",
    "a..b@x.org",
    "o'neil@x.org",
    "\u00e9mile@x.org",
    '"a b"@x.org',
    "a@b@x.org",
    "a@" + "x" * 64 + ".org",
    "a@[127.0.0.1]",
    "a",
    "",
    "a" * 80 + "@x.org",
]


def by_library(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number) or number.extension:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_a_plain_number_is_what_the_library_makes_of_it(region: str) -> None:
    chance = random.Random(region)
    example = phonenumbers.example_number(region)
    taken = 0
    for _ in range(60):
        digits = "".join(chance.choices("0123456789", k=chance.randint(4, 13)))
        if chance.random() < 0.4 and example:
            digits = str(example.national_number)[:-2] + "".join(chance.choices("0123456789", k=2))
        text = chance.choice(SHAPES).format(digits)
        plain = plain_number(text, region)
        taken += plain is not None
        if plain is not None:
            assert plain == by_library(text, region), text
    assert taken


@pytest.mark.parametrize("text", ["", "+", "()", "+0123456789", "12", "call me", "626 695 8105 x2", "+999123456"])
def test_what_is_in_doubt_is_left_to_the_library(text: str) -> None:
    assert plain_number(text, "US") is None
    assert plain_number(text, None) is None


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_what_the_library_makes_of_it(address: str) -> None:
    try:
        known = validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        with pytest.raises(ValueRefusedError):
            email_address(address)
    else:
        assert email_address(address) == known
