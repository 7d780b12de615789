"""Contacts as the field mapper knows them: the built-in fields and the mapping onto them."""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import Field, WithJsonSchema

from connectors_shared.contract.model import Message


class UserField(StrEnum):
    """The 18 built-in fields of a contact."""

    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    PHONE = "phone"
    ALTERNATE_PHONE = "alternate_phone"
    ADDRESS = "address"
    ADDRESS_2 = "address_2"
    CITY = "city"
    STATE = "state"
    ZIP_CODE = "zip_code"
    COUNTRY = "country"
    COMPANY = "company"
    JOB_TITLE = "job_title"
    WEBSITE = "website"
    TIMEZONE = "timezone"
    LANGUAGE = "language"
    TAGS = "tags"
    NOTES = "notes"


USER_FIELDS: Final[tuple[str, ...]] = tuple(UserField)


class TargetType(StrEnum):
    """Where a mapping writes: a built-in column, or a field the workspace defined."""

    USER_FIELD = "user_field"
    CUSTOM_FIELD = "custom_field"


class Several(StrEnum):
    """What becomes of the values that a path finds. They are what a query selects; of a path that leads to one place,
    the items of a list that is there. Null and blank text are no values, except to `list` and `auto`.
    """

    AUTO = "auto"
    """The only one as it is, several as a list."""
    FIRST = "first"
    LAST = "last"
    LIST = "list"
    """A list, of one as well."""
    JOIN = "join"
    """One text, with the separator between them."""
    COUNT = "count"
    """How many there are, 0 included."""
    FAIL = "fail"
    """Several are refused."""


class OnMappingError(StrEnum):
    """What a value that cannot be written means for the result that it is of."""

    SKIP = "skip"
    """This field stays as it is."""
    FAIL = "fail"
    """Nothing of the result is written."""
    DEAD_LETTER = "deadLetter"
    """Nothing of it is written, and it waits among the dead letters for somebody to replay it."""


class Clear(StrEnum):
    """When a field is emptied, where there is no value and no default."""

    NEVER = "never"
    NULL = "null"
    """When the response has null, blank text or an empty list there."""
    NULL_OR_ABSENT = "nullOrAbsent"
    """Also when the path finds nothing."""


class TagsRule(StrEnum):
    """What happens to tags that are there."""

    REPLACE = "replace"
    ADD = "add"


class MatchKey(StrEnum):
    """What a contact is found by."""

    EXTERNAL_ID = "external_id"
    """What the flow calls it, when that is no id of ours."""
    EMAIL = "email"
    PHONE = "phone"


SeveralWord = Annotated[str, Field(max_length=50), WithJsonSchema({"type": "string", "enum": list(Several)})]
OnMappingErrorWord = Annotated[
    str, Field(max_length=50), WithJsonSchema({"type": "string", "enum": list(OnMappingError)})
]
ClearWord = Annotated[str, Field(max_length=50), WithJsonSchema({"type": "string", "enum": list(Clear)})]
TagsWord = Annotated[str, Field(max_length=50), WithJsonSchema({"type": "string", "enum": list(TagsRule)})]
MatchWord = Annotated[str, Field(max_length=50), WithJsonSchema({"type": "string", "enum": list(MatchKey)})]
"""A word that this version does not know is refused by name where it is used: a newer producer may say it."""
MATCH_ORDER: Final[tuple[str, ...]] = tuple(key.value for key in MatchKey)


class Reading(Message):
    """How a value of the response is to be understood.

    `region` (ISO 3166-1 alpha-2): whose phone numbers are those without a country code; without it the workspace's.
    `locale` (`de`, `en-GB`): how numbers are written, and what months are called. `format` of dates and times:
    `DD.MM.YYYY HH:mm`, see docs/mappings.md; without it ISO 8601. `trim`: whether white space around a text goes.
    """

    region: Annotated[str, Field(max_length=50)] | None = None
    locale: Annotated[str, Field(max_length=50)] | None = None
    format: Annotated[str, Field(max_length=100)] | None = None
    trim: bool = True


class FieldMapping(Message):
    """One line of the mapper: a value of the response onto one field of the contact.

    `source_path` is the dotted shorthand (`identity.firstName`, `phones[0].phone`) or an RFC 9535 JSONPath
    (`$.phones[0].phone`). `default` is what is written where the path finds nothing, or null. `separator`: of `join`.
    Whether target and words exist is the mapper's answer, per value, not the contract's.
    """

    source_path: Annotated[str, Field(min_length=1, max_length=1000)]
    target_field: Annotated[str, Field(min_length=1, max_length=200)]
    target_type: TargetType = TargetType.USER_FIELD
    default: Any = None
    several: SeveralWord = Several.AUTO.value
    separator: Annotated[str, Field(max_length=50)] = ", "
    on_error: OnMappingErrorWord = OnMappingError.SKIP.value
    clear: ClearWord = Clear.NEVER.value
    tags: TagsWord = TagsRule.REPLACE.value
    reading: Reading | None = None


class MappingOptions(Message):
    """What may happen to the contact.

    `create_if_not_exists`: make one when none is found. `update_existing`: change one that exists.
    `overwrite_existing`: replace values that are already there, instead of filling empty fields only.
    `match_by`: what a contact is found by, when the flow names none of ours, in this order: the first that leads to one
    decides. `external_id` can only be the first; without it the flow's name of a contact is left aside.
    """

    create_if_not_exists: bool = False
    update_existing: bool = True
    overwrite_existing: bool = True
    match_by: Annotated[list[MatchWord], Field(max_length=10)] = Field(default_factory=lambda: list(MATCH_ORDER))
