"""The base of every message: camelCase on the wire, unknown fields ignored."""

from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

MOST_VERSIONS: Final = 2**31 - 1


def _in_calendar(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise PydanticCustomError("time_zone", "must have a time zone, as in 2026-01-31T12:00:00Z")
    if MINYEAR < moment.year < MAXYEAR:  # no time zone is a year away
        return moment
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("calendar", "must lie within the years 1 to 9999 in UTC") from None
    return moment


Moment = Annotated[datetime, AfterValidator(_in_calendar)]
"""A moment that is the same everywhere: it has a time zone, and its UTC is in the calendar."""

Version = Annotated[int, Field(ge=1, le=MOST_VERSIONS)]
"""Of a connector's definition, counted from 1."""


class Message(BaseModel):
    """A message or a part of one.

    Unknown fields are ignored, so that a newer producer never breaks an older consumer.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        serialize_by_alias=True,
        extra="ignore",
        frozen=True,
        defer_build=True,
    )

    def to_json(self) -> bytes:
        """The bytes that go on the wire; absent optional values are left out."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=True)
