"""The terms of a mapping: its words, and how it reads values. What cannot be used is told, with its place."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from connectors_shared.contract.contact import (
    USER_FIELDS,
    Clear,
    FieldMapping,
    OnMappingError,
    Reading,
    Several,
    TagsRule,
    TargetType,
    UserField,
)
from connectors_shared.definition.mappings.dates import DateFormat, InvalidFormatError, read_format
from connectors_shared.definition.mappings.numbers import ENGLISH, Language, UnknownLocaleError, language_of

PHONES: Final = frozenset({UserField.PHONE, UserField.ALTERNATE_PHONE})
NAME: Final = "a custom field's name is printable text"

Word = TypeVar("Word", bound=StrEnum)
Refuse = Callable[[str, str], None]
"""Takes a pointer into the mapping and what is wrong there."""


@dataclass(frozen=True, slots=True)
class ReadAs:
    """How a value is to be understood. `region` None: the workspace's."""

    region: str | None = None
    language: Language | None = None
    dates: DateFormat | None = None
    trim: bool = True


@dataclass(frozen=True, slots=True)
class Terms:
    """Of one mapping, beside its path and its target."""

    several: Several = Several.AUTO
    separator: str = ", "
    on_error: OnMappingError = OnMappingError.SKIP
    clear: Clear = Clear.NEVER
    adds_tags: bool = False
    reading: ReadAs = ReadAs()


AS_WRITTEN: Final = ReadAs()


def read_terms(mapping: FieldMapping, refuse: Refuse) -> Terms:
    """What is wrong is told to `refuse`, and the usual stands for it."""
    _check_target(mapping, refuse)
    terms = Terms(
        _word(Several, mapping.several, "/several", refuse) or Several.AUTO,
        mapping.separator,
        _word(OnMappingError, mapping.on_error, "/onError", refuse) or OnMappingError.SKIP,
        _word(Clear, mapping.clear, "/clear", refuse) or Clear.NEVER,
        _word(TagsRule, mapping.tags, "/tags", refuse) is TagsRule.ADD,
        _reading(mapping.reading, refuse) if mapping.reading else AS_WRITTEN,
    )
    _check_sense(mapping, terms, refuse)
    return terms


def _check_target(mapping: FieldMapping, refuse: Refuse) -> None:
    target = mapping.target_field
    if mapping.target_type is TargetType.USER_FIELD:
        if target not in USER_FIELDS:
            refuse("/targetField", f"{target!r} is not one of the user fields")
    elif not target.strip() or not target.isprintable():
        refuse("/targetField", NAME)


def _word(words: type[Word], text: str, pointer: str, refuse: Refuse) -> Word | None:
    try:
        return words(text)
    except ValueError:
        refuse(pointer, "must be one of " + ", ".join(words))
        return None


def _reading(reading: Reading, refuse: Refuse) -> ReadAs:
    language = _language(reading.locale, refuse)
    if reading.region is not None and not is_region(reading.region):
        refuse("/reading/region", "is no region with phone numbers, such as US")
    return ReadAs(reading.region, language, _dates(reading.format, language, refuse), reading.trim)


def _language(locale: str | None, refuse: Refuse) -> Language | None:
    try:
        return None if locale is None else language_of(locale)
    except UnknownLocaleError:
        refuse("/reading/locale", "is no locale that is known, such as de or en-GB")
        return None


def _dates(text: str | None, language: Language | None, refuse: Refuse) -> DateFormat | None:
    if text is None:
        return None
    language = language or (language_of(ENGLISH) if "MMM" in text else None)
    try:
        return read_format(text, language.months if language else {})
    except InvalidFormatError as error:
        refuse("/reading/format", str(error))
        return None


def _check_sense(mapping: FieldMapping, terms: Terms, refuse: Refuse) -> None:
    """What says nothing of a built-in field is a mistake; of a custom one nobody knows the type here."""
    if mapping.target_type is TargetType.CUSTOM_FIELD:
        return
    target = mapping.target_field
    if terms.adds_tags and target != UserField.TAGS:
        refuse("/tags", "says something of tags only; leave it out")
    if terms.reading.region and target not in PHONES:
        refuse("/reading/region", "says something of phone numbers only; leave it out")
    for name in ("locale", "format"):
        if mapping.reading is not None and getattr(mapping.reading, name) is not None:
            refuse(f"/reading/{name}", "says something of numbers and dates, which no user field holds; leave it out")


def is_region(name: str) -> bool:
    """Whether phone numbers of that region are known."""
    import phonenumbers

    return name in phonenumbers.SUPPORTED_REGIONS
