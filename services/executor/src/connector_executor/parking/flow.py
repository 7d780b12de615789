"""Which flow a parked execution is of, as its message says."""

from typing import Any, Final

import msgspec

MOST_CHARACTERS: Final = 200
"""As the contract has it."""


class _Context(msgspec.Struct, rename="camel"):
    flow_id: Any = None


class _Message(msgspec.Struct):
    context: _Context | None = None


_DECODER: Final = msgspec.json.Decoder(_Message)


def flow_of(message: bytes) -> str | None:
    """A text that Postgres takes; None where there is none."""
    try:
        context = _DECODER.decode(message).context
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if context is None or not isinstance(context.flow_id, str):
        return None
    return context.flow_id[:MOST_CHARACTERS].replace("\x00", "") or None
