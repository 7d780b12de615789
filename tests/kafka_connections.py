"""Which file of tests left a connection to Kafka open: else that one fails where the collector happens to find it."""

import traceback
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

from aiokafka.conn import AIOKafkaConnection

FRAMES = 40
_opened: WeakKeyDictionary[AIOKafkaConnection, traceback.StackSummary] = WeakKeyDictionary()
_connect = AIOKafkaConnection.connect


async def _noted(connection: AIOKafkaConnection) -> Any:
    frames = traceback.walk_stack(None)
    _opened[connection] = traceback.StackSummary.extract(frames, limit=FRAMES, lookup_lines=False)
    return await _connect(connection)


def watch() -> None:
    """From now on it is noted where each one is opened."""
    AIOKafkaConnection.connect = _noted


def left_open() -> Iterator[str]:
    """Those opened since the last call: where each was."""
    opened = list(_opened.items())
    _opened.clear()
    for connection, frames in opened:
        if connection.connected():
            yield f"{connection!r}, opened at\n{''.join(reversed(frames.format()))}"
