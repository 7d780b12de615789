"""The base of every message: camelCase on the wire, unknown fields ignored."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


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
    )

    def to_json(self) -> bytes:
        """The bytes that go on the wire; absent optional values are left out."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=True)
