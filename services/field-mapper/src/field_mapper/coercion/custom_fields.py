"""Custom fields: their types and options, and the type of a field that nobody defined yet."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, Literal

import msgspec

from connectors_shared.definition.mappings.dates import NotInFormatError
from connectors_shared.definition.mappings.terms import AS_WRITTEN, ReadAs
from field_mapper.coercion.user_fields import as_email, as_phone, tag_list, web_address
from field_mapper.coercion.values import (
    ValueRefusedError,
    as_boolean,
    as_decimal,
    as_integer,
    as_json,
    as_number,
    as_text,
)


class CustomFieldType(StrEnum):
    """What a workspace's own field holds."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    DECIMAL = "decimal"
    """A number with all its digits, told as text: `19.90`."""
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    PHONE = "phone"
    """E.164; as it is written where nobody says whose country's it is."""
    EMAIL = "email"
    URL = "url"
    CHOICE = "choice"
    """One of the choices of its options."""
    TAGS = "tags"
    """A list of texts; where its options have choices, of those."""
    JSON = "json"


def type_of(value: Any, reading: ReadAs = AS_WRITTEN, *, adds_tags: bool = False) -> CustomFieldType:
    """The type that the first value gives a new field: as its mapping reads it, else its own. Text stays text, even
    when it looks like a date.
    """
    if adds_tags:
        return CustomFieldType.TAGS
    if reading.dates is not None:
        return CustomFieldType.DATETIME if reading.dates.has_time else CustomFieldType.DATE
    if reading.language is not None and isinstance(value, str):
        return CustomFieldType.NUMBER
    if isinstance(value, bool):
        return CustomFieldType.BOOLEAN
    if isinstance(value, int | float):
        return CustomFieldType.NUMBER
    return CustomFieldType.TEXT if isinstance(value, str) else CustomFieldType.JSON


class Choice(msgspec.Struct, frozen=True, omit_defaults=True):
    """A value that may be stored, and what people read for it."""

    value: str
    label: str | None = None


class FieldOptions(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a definition allows of its type: `choices` of choice and tags, `minimum` and `maximum` of numbers,
    `max_length` of text, in characters, `shape` of json: an object or a list.
    """

    choices: tuple[Choice, ...] = ()
    minimum: int | float | None = None
    maximum: int | float | None = None
    max_length: int | None = None
    shape: Literal["object", "list"] | None = None


NO_OPTIONS: Final = FieldOptions()


class FieldDefinition(msgspec.Struct, frozen=True):
    """What a custom field holds. `deleting`: nothing any more, since its values are being removed."""

    type: CustomFieldType
    options: FieldOptions = NO_OPTIONS
    deleting: bool = False

    def fit(self, value: Any, reading: ReadAs = AS_WRITTEN) -> Any:
        """The JSON value to store. Raises ValueRefusedError."""
        if self.deleting:
            raise ValueRefusedError("the field is being deleted")
        fitting = coerce_custom_value(self.type, value, reading)
        return (
            fitting
            if self.options == NO_OPTIONS and self.type is not CustomFieldType.CHOICE
            else self._allowed(fitting)
        )

    def _allowed(self, value: Any) -> Any:
        options = self.options
        if self.type is CustomFieldType.CHOICE:
            return _choice(options, value)
        if self.type is CustomFieldType.TAGS and options.choices:
            return list(dict.fromkeys(_choice(options, tag) for tag in value))
        number = Decimal(value) if self.type is CustomFieldType.DECIMAL else value
        if options.minimum is not None and number < options.minimum:
            raise ValueRefusedError(f"the number is below {_told(options.minimum)}")
        if options.maximum is not None and number > options.maximum:
            raise ValueRefusedError(f"the number is above {_told(options.maximum)}")
        if options.max_length is not None and len(value) > options.max_length:
            raise ValueRefusedError(f"the text is longer than {options.max_length} characters")
        if options.shape is not None and not isinstance(value, dict if options.shape == "object" else list):
            raise ValueRefusedError(f"the value is not {'an object' if options.shape == 'object' else 'a list'}")
        return value


def _told(bound: float) -> str:
    """All of its digits, as people write it."""
    return str(int(bound)) if bound == int(bound) else repr(bound)


def _choice(options: FieldOptions, text: str) -> str:
    """As it is stored; values and labels are understood in any case."""
    named = _named(options.choices)
    found = named.get(text) or named.get(text.casefold())
    if found is None:
        raise ValueRefusedError("the text is none of the field's choices")
    return found


@lru_cache(maxsize=1024)
def _named(choices: tuple[Choice, ...]) -> dict[str, str]:
    """Names → values; the surest name of one wins."""
    by_label = {choice.label.casefold(): choice.value for choice in reversed(choices) if choice.label}
    by_value = {choice.value.casefold(): choice.value for choice in reversed(choices)}
    return by_label | by_value | {choice.value: choice.value for choice in choices}


def coerce_custom_value(kind: CustomFieldType, value: Any, reading: ReadAs = AS_WRITTEN) -> Any:
    """The JSON value to store. Raises ValueRefusedError."""
    return _BY_TYPE[kind](value, reading)


def as_datetime(value: Any, reading: ReadAs = AS_WRITTEN) -> str:
    """ISO 8601 with an offset; a time without one is taken as UTC."""
    moment = _moment(value, reading)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def as_date(value: Any, reading: ReadAs = AS_WRITTEN) -> str:
    """ISO 8601 calendar date; of a date with a time, the date."""
    return _moment(value, reading).date().isoformat()


def _moment(value: Any, reading: ReadAs) -> datetime:
    if reading.dates is not None:
        try:
            return reading.dates.read(repr(value) if isinstance(value, float) else as_text(value))
        except NotInFormatError:
            raise ValueRefusedError("the value is not a date in the mapping's format") from None
    if not isinstance(value, str):
        raise ValueRefusedError("a date is written as text, such as 2025-01-31")
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        raise ValueRefusedError("the text is not an ISO 8601 date, such as 2025-01-31") from None


_BY_TYPE: Final[dict[CustomFieldType, Callable[[Any, ReadAs], Any]]] = {
    CustomFieldType.TEXT: as_text,
    CustomFieldType.NUMBER: as_number,
    CustomFieldType.INTEGER: as_integer,
    CustomFieldType.DECIMAL: as_decimal,
    CustomFieldType.BOOLEAN: as_boolean,
    CustomFieldType.DATE: as_date,
    CustomFieldType.DATETIME: as_datetime,
    CustomFieldType.PHONE: as_phone,
    CustomFieldType.EMAIL: as_email,
    CustomFieldType.URL: web_address,
    CustomFieldType.CHOICE: lambda value, _reading: as_text(value),
    CustomFieldType.TAGS: tag_list,
    CustomFieldType.JSON: as_json,
}
