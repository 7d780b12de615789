"""The 18 built-in fields: which text, address, number or list each of them takes."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import phonenumbers
from email_validator import EmailNotValidError, ValidatedEmail, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from connectors_shared.contract.contact import UserField
from connectors_shared.definition.mappings.terms import AS_WRITTEN, ReadAs, is_region
from field_mapper.coercion.phones import plain_number
from field_mapper.coercion.values import ValueRefusedError, as_text

MAX_PHONE_CHARACTERS: Final = 50
NATIONAL: Final = re.compile(r"[0-9(][0-9 ()./-]*")
"""A number without a country code. ASCII digits: others are written for readers, not for telephones."""
BEGINNING: Final = re.compile(r"\+?[0-9(][0-9 ()./-]{1,48}")
NATIONAL_DIGITS: Final = (3, 15)
MAX_URL_CHARACTERS: Final = 2000
MAX_EMAIL_CHARACTERS: Final = 254
"""RFC 5321 4.5.3.1.3 leaves so many; what reads an address may take longer than its length."""
MAX_TAGS: Final = 500
TOO_MANY_TAGS: Final = f"more than {MAX_TAGS} tags"
USUAL_LOCAL: Final = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
"""Before the @ of nearly all addresses: nothing of it is changed or looked at more closely."""
EMAIL: Final = "not an email address: it is too long"
PHONE: Final = "the text is not a phone number"


class UserFieldCoercion:
    """`region` (ISO 3166-1 alpha-2) is whose phone numbers are those written without a country code. When it is not
    known they are kept as they are written, and contacts are found by the same text only.
    """

    def __init__(self, region: str | None = None) -> None:
        if region is not None and not is_region(region):
            raise ValueError(f"{region} is not a region with phone numbers")

        self._reading = ReadAs(region)
        self._code = phonenumbers.country_code_for_region(region) if region else None

    @property
    def region(self) -> str | None:
        return self._reading.region

    def settled(self, reading: ReadAs) -> ReadAs:
        """With what the workspace has settled, where the mapping says nothing of it."""
        if reading is AS_WRITTEN:
            return self._reading
        return reading if reading.region else replace(reading, region=self._reading.region)

    def phone_prefixes(self, text: str) -> tuple[str, ...]:
        """How numbers may be stored that begin so; none for what begins no number."""
        if not BEGINNING.fullmatch(text):
            return ()
        digits = "".join(filter(str.isdigit, text))
        if text.startswith("+"):
            return (f"+{digits}",) if digits else ()
        return (text, f"+{digits}", *self._national(digits)) if digits else ()

    def _national(self, digits: str) -> Iterator[str]:
        """Most countries drop the zero that such numbers are dialled with; Italy's landlines keep it."""
        if self._code is None:
            return
        for kept in dict.fromkeys((digits, digits.lstrip("0"))):
            if kept:
                yield f"+{self._code}{kept}"

    def __call__(self, field: str, value: Any, reading: ReadAs = AS_WRITTEN) -> str | list[str]:
        """The value as the column stores it. `field` is one of the 18. Raises ValueRefusedError."""
        fit: Callable[[Any, ReadAs], Any] = BY_FIELD.get(field, as_text)
        coerced: str | list[str] = fit(value, self.settled(reading))
        return coerced


def is_national(phone: str) -> bool:
    """Whether a number, as it is stored, is one of a country that is not known."""
    return not phone.startswith("+")


@lru_cache(maxsize=8192)
def phone_number(text: str, region: str | None) -> str:
    """E.164, or a national number as it is written. Numbers are accepted when they could be dialled, whether or not
    they are assigned.
    """
    if region is None and NATIONAL.fullmatch(text) and NATIONAL_DIGITS[0] <= _digits(text) <= NATIONAL_DIGITS[1]:
        return text
    if plain := plain_number(text, region):
        return plain
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise ValueRefusedError(PHONE) from None
    if not phonenumbers.is_possible_number(number):
        raise ValueRefusedError("the phone number has too few or too many digits")
    if number.extension:
        raise ValueRefusedError("a phone number with an extension cannot be written as E.164")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def as_phone(value: Any, reading: ReadAs = AS_WRITTEN) -> str:
    """See `phone_number`."""
    return phone_number(_short(as_text(value), MAX_PHONE_CHARACTERS, PHONE), reading.region)


def as_email(value: Any, _reading: ReadAs = AS_WRITTEN) -> str:
    """See `email_address`."""
    return email_address(_short(as_text(value), MAX_EMAIL_CHARACTERS, EMAIL))


@lru_cache(maxsize=8192)
def email_address(text: str) -> str:
    """The address with its domain in lower case. Whether mail arrives there is not asked."""
    local, _, domain = text.rpartition("@")
    if USUAL_LOCAL.fullmatch(local) and (known := _known_domain(domain)):
        return f"{local.lower() if local.lower() in CASE_INSENSITIVE_MAILBOX_NAMES else local}@{known}"
    try:
        return _validated(text).normalized
    except EmailNotValidError as error:
        raise ValueRefusedError(f"not an email address: {_first_sentence(str(error))}") from None


@lru_cache(maxsize=2048)
def _known_domain(domain: str) -> str | None:
    """As it is written in an address; the library looks at each character, so it is asked once for all of a domain."""
    try:
        return _validated(f"a@{domain}").domain if domain.isascii() else None
    except EmailNotValidError:
        return None


def _validated(text: str) -> ValidatedEmail:
    return validate_email(text, check_deliverability=False, test_environment=True)


def web_address(value: Any, _reading: ReadAs = AS_WRITTEN) -> str:
    """An http(s) URL; `https://` is put before a bare host."""
    text = as_text(value)
    url = text if "://" in text[:MAX_URL_CHARACTERS] else f"https://{text[: MAX_URL_CHARACTERS + 1]}"
    if len(url) > MAX_URL_CHARACTERS:
        raise ValueRefusedError("the text is not an http or https address")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueRefusedError("the text is not a web address") from None
    if parts.scheme.lower() not in ("http", "https") or "." not in host:
        raise ValueRefusedError("the text is not an http or https address")
    if any(character.isspace() or not character.isprintable() for character in url):
        raise ValueRefusedError("a web address holds no spaces")
    return url


def tag_list(value: Any, _reading: ReadAs = AS_WRITTEN) -> list[str]:
    """Tags from a list, or from text separated by commas; each once, in order."""
    items = value if isinstance(value, list) else as_text(value).split(",")
    if len(items) > MAX_TAGS:
        raise ValueRefusedError(TOO_MANY_TAGS)
    return list(dict.fromkeys(filter(None, map(as_text, items))))


def all_tags(there: Any, more: Sequence[str]) -> list[str]:
    """Those that are there and the others. Raises ValueRefusedError."""
    tags = list(dict.fromkeys([*(there or ()), *more]))
    if len(tags) > MAX_TAGS:
        raise ValueRefusedError(TOO_MANY_TAGS)
    return tags


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _short(text: str, most: int, why: str) -> str:
    """Raises ValueRefusedError before anything looks at it, or remembers it."""
    if len(text) > most:
        raise ValueRefusedError(why)
    return text


def _first_sentence(text: str) -> str:
    return text.split(". ")[0].rstrip(".").split(":")[0]


BY_FIELD: Final[Mapping[str, Callable[[Any, ReadAs], Any]]] = {
    UserField.EMAIL: as_email,
    UserField.PHONE: as_phone,
    UserField.ALTERNATE_PHONE: as_phone,
    UserField.WEBSITE: web_address,
    UserField.TAGS: tag_list,
}
"""The others are text."""
