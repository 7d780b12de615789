"""Which index leads to what a list is filtered by, and what is left to be seen from the rows.

Every condition here is a constant; values are parameters. One index is walked in the order of the list, for a bounded
number of rows, so that a list of a million contacts answers as fast as one of a hundred.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final, NamedTuple

from connectors_shared.contract.contact import UserField
from field_mapper.marks import connector_mark, tag_mark
from field_mapper.model import EXTERNAL_ID, email_key

ADDRESSES: Final[Mapping[str, str]] = {
    UserField.EMAIL: "email_key",
    UserField.PHONE: "phone",
    UserField.ALTERNATE_PHONE: "alternate_phone",
    EXTERNAL_ID: "external_id",
}
"""Columns whose index is that of what they hold."""
KEYS: Final[Mapping[str, str]] = {
    name.value: f"{name.value}_key"
    for name in (
        *(UserField.FIRST_NAME, UserField.LAST_NAME, UserField.CITY, UserField.STATE, UserField.ZIP_CODE),
        *(UserField.COUNTRY, UserField.COMPANY, UserField.JOB_TITLE, UserField.WEBSITE, UserField.TIMEZONE),
        UserField.LANGUAGE,
    )
}
"""Columns with a key of what stands in those of these names."""
FILTERED: Final = (*KEYS, *ADDRESSES)
"""User fields that lists are filtered by, and what other systems call a contact; tags have a filter of their own, other
fields hold texts that nobody looks for as a whole."""


class About(Enum):
    FIELD = "field"
    CUSTOM_FIELD = "custom field"
    TAG = "tag"
    CONNECTOR = "connector"


class Condition(NamedTuple):
    """What has to hold: a field of that `name` has the value; the contact has the tag; the connector wrote last."""

    about: About
    name: str
    value: Any


class Span(NamedTuple):
    """`since` is included, `until` is not."""

    since: datetime | None = None
    until: datetime | None = None

    def __bool__(self) -> bool:
        return self != ANY_TIME


ANY_TIME: Final = Span()


@dataclass(frozen=True, slots=True)
class Narrowing:
    """All of it has to hold."""

    conditions: tuple[Condition, ...] = ()
    created: Span = ANY_TIME
    updated: Span = ANY_TIME

    def __bool__(self) -> bool:
        return bool(self.conditions or self.created or self.updated)


NO_NARROWING: Final = Narrowing()


@dataclass(slots=True)
class Parameters:
    """Of a statement; the first of them is the workspace."""

    values: list[Any]

    def place(self, value: Any, type_: str) -> str:
        self.values.append(value)
        return f"${len(self.values)}::{type_}"


def leading(condition: Condition | None, parameters: Parameters) -> Sequence[str]:
    """Queries of `id` and `created_at`, each of which an index answers in that order; a connector's have a contact
    several times. None: of all contacts."""
    if condition is None:
        return (ALL,)
    match condition.about:
        case About.FIELD:
            return (f"{ALL} AND {_equal(condition, parameters)}",)
        case About.CUSTOM_FIELD:
            return (f"{CUSTOM} AND {_equal_custom(condition, parameters)}",)
        case About.TAG:
            return (f"{MARKED} AND mark = filter_key({parameters.place(tag_mark(condition.value), 'text')})",)
        case About.CONNECTOR:
            mark = parameters.place(connector_mark(condition.value), "text")
            wrote = parameters.place(condition.value, "uuid")
            return f"{MARKED} AND mark = filter_key({mark})", f"{CUSTOM} AND connector_id = {wrote}"


ALL: Final = "SELECT id, created_at FROM contacts WHERE workspace_id = $1"
CUSTOM: Final = (
    "SELECT contact_id AS id, contact_created_at AS created_at FROM contact_custom_fields WHERE workspace_id = $1"
)
MARKED: Final = "SELECT contact_id AS id, created_at FROM contact_marks WHERE workspace_id = $1"
IS_MARKED: Final = (
    "EXISTS (SELECT FROM contact_marks m WHERE m.workspace_id = $1 AND m.mark = filter_key({}) "
    "AND m.created_at = c.created_at AND m.contact_id = c.id)"
)
HAS_CUSTOM: Final = (
    "EXISTS (SELECT FROM contact_custom_fields f WHERE f.workspace_id = $1 AND f.contact_id = c.id AND {})"
)


def holds(narrowing: Narrowing, parameters: Parameters) -> str:
    """A condition on the contact `c`."""
    told = [_holds(each, parameters) for each in narrowing.conditions]
    told += _within(narrowing.updated, "c.updated_at", parameters)
    told += _within(narrowing.created, "c.created_at", parameters)
    return " AND ".join(told) or "true"


def updated_within(span: Span, parameters: Parameters) -> str:
    """A query of `id` and `created_at`, for whole days: their index answers it without looking at other rows."""
    return " AND ".join([ALL, *_within(span, "updated_on", parameters, "({} AT TIME ZONE 'UTC')::date", last="<=")])


def _within(span: Span, column: str, parameters: Parameters, as_: str = "{}", last: str = "<") -> list[str]:
    ends = ((">=", span.since), (last, span.until))
    return [
        f"{column} {sign} {as_.format(parameters.place(end, 'timestamptz'))}" for sign, end in ends if end is not None
    ]


def _holds(condition: Condition, parameters: Parameters) -> str:
    match condition.about:
        case About.FIELD:
            return f"c.{_equal(condition, parameters)}"
        case About.CUSTOM_FIELD:
            return HAS_CUSTOM.format(_equal_custom(condition, parameters))
        case About.TAG:
            return IS_MARKED.format(parameters.place(tag_mark(condition.value), "text"))
        case About.CONNECTOR:
            marked = IS_MARKED.format(parameters.place(connector_mark(condition.value), "text"))
            wrote = HAS_CUSTOM.format(f"f.connector_id = {parameters.place(condition.value, 'uuid')}")
            return f"({marked} OR {wrote})"


def _equal(condition: Condition, parameters: Parameters) -> str:
    """Of a column of contacts."""
    if column := ADDRESSES.get(condition.name):
        value = email_key(condition.value) if condition.name == UserField.EMAIL else condition.value
        return f"{column} = {parameters.place(value, 'text')}"
    return f"{KEYS[condition.name]} = filter_key({parameters.place(condition.value, 'text')})"


def _equal_custom(condition: Condition, parameters: Parameters) -> str:
    name = parameters.place(condition.name, "text")
    return f"field_name = {name} AND value_key = filter_key_of({parameters.place(condition.value, 'jsonb')})"
