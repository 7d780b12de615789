"""Custom fields: their types, and the type of a field that nobody defined yet."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from field_mapper.coercion.values import ValueRefusedError, as_boolean, as_integer, as_json, as_number, as_text


class CustomFieldType(StrEnum):
    """What a workspace's own field holds."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    JSON = "json"


def type_of(value: Any) -> CustomFieldType:
    """The type that the first value gives a new field. Text stays text, even when it looks like a date."""
    if isinstance(value, bool):
        return CustomFieldType.BOOLEAN
    if isinstance(value, int | float):
        return CustomFieldType.NUMBER
    return CustomFieldType.TEXT if isinstance(value, str) else CustomFieldType.JSON


def coerce_custom_value(kind: CustomFieldType, value: Any) -> Any:
    """The JSON value to store. Raises ValueRefusedError."""
    return _BY_TYPE[kind](value)


def as_datetime(value: Any) -> str:
    """ISO 8601 with an offset; a time without one is taken as UTC."""
    moment = _moment(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def as_date(value: Any) -> str:
    """ISO 8601 calendar date; of a date with a time, the date."""
    return _moment(value).date().isoformat()


def _moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueRefusedError("a date is written as text, such as 2025-01-31")
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        raise ValueRefusedError("the text is not an ISO 8601 date, such as 2025-01-31") from None


_BY_TYPE: Final[dict[CustomFieldType, Callable[[Any], Any]]] = {
    CustomFieldType.TEXT: as_text,
    CustomFieldType.NUMBER: as_number,
    CustomFieldType.INTEGER: as_integer,
    CustomFieldType.BOOLEAN: as_boolean,
    CustomFieldType.DATE: as_date,
    CustomFieldType.DATETIME: as_datetime,
    CustomFieldType.JSON: as_json,
}
