"""How a value reads as text, and what goes wrong with texts."""

from typing import Any, Final

import msgspec


class StandIn(str):
    """For a value that nobody gave, where a request is only shown: filters leave it as it is."""

    __slots__ = ()


def _plain(value: Any) -> str:
    if isinstance(value, StandIn):
        return str(value)
    raise TypeError(type(value).__name__)


ENCODER: Final = msgspec.json.Encoder(decimal_format="number", enc_hook=_plain)
"""Of values as they are sent: a number has the digits that it came with."""


class TemplateError(ValueError):
    """A placeholder, or the text around it, cannot be used; the message is for the person who wrote it."""


class UnrenderableError(ValueError):
    """A value that was given cannot be made into what the definition wants; the message does not repeat it."""


def text_of(value: Any) -> str:
    """How a value reads inside text: JSON words for what is not a string, nothing for null."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return ENCODER.encode(value).decode()
