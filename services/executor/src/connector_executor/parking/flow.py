"""Which flow a parked execution is of, as its message says."""

from typing import Any, Final

import msgspec

MOST_CHARACTERS: Final = 200
"""As the contract has it."""


class _Context(msgspec.Struct, rename="camel"):
    """The contract reads it by either name."""

    flow_id: Any = None
    flow_by_name: Any = msgspec.field(default=None, name="flow_id")


class _Message(msgspec.Struct):
    context: _Context | None = None


_DECODER: Final = msgspec.json.Decoder(_Message)


def flow_of(message: bytes) -> str | None:
    """A text that Postgres takes; None where there is none."""
    try:
        context = _DECODER.decode(message).context
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    flow_id = None if context is None else context.flow_id or context.flow_by_name
    if not isinstance(flow_id, str):
        return None
    return flow_id[:MOST_CHARACTERS].replace("\x00", "") or None
