"""Contacts as the field mapper knows them: the built-in fields and the mapping onto them."""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import Field

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


class FieldMapping(Message):
    """One line of the mapper: a value of the response onto one field of the contact.

    `source_path` is the dotted shorthand (`identity.firstName`, `phones[0].phone`) or an RFC 9535 JSONPath
    (`$.phones[0].phone`). Whether the target exists is the mapper's answer, per value, not the contract's.
    """

    source_path: Annotated[str, Field(min_length=1, max_length=1000)]
    target_field: Annotated[str, Field(min_length=1, max_length=200)]
    target_type: TargetType = TargetType.USER_FIELD
    default: Any = None


class MappingOptions(Message):
    """What may happen to the contact.

    `create_if_not_exists`: make one when none is found. `update_existing`: change one that exists.
    `overwrite_existing`: replace values that are already there, instead of filling empty fields only.
    """

    create_if_not_exists: bool = False
    update_existing: bool = True
    overwrite_existing: bool = True
