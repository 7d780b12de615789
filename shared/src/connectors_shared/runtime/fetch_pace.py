"""Fetches that come a little apart, so that what arrives between two of them comes together.

A broker answers a fetch with the first record that it gets. At a few hundred records a second each would travel alone,
and wake alone whatever works on it; it is that which costs at low rates.
"""

import asyncio
import struct
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest

ENOUGH: Final = 8
"""Records worth a fetch: where so many come sooner, it is not put off any longer."""
PLENTY: Final = 100
"""Batches of a partition that are counted."""
LENGTH_AT, MAGIC_AT, COUNT_AT = 8, 16, 57
"""Where a batch says what follows of it (bytes), its format, and how many records it has."""
HEADER_BYTES: Final = 61
INT = struct.Struct(">i")
Send = Callable[..., Awaitable[Any]]


class FetchPace:
    """Of one client: from an answer with records to the next fetch of that broker it takes `most_seconds`, or as long
    as `ENOUGH` records take to come.

    Who comes alone is not put off, since the fetch that waits for him is with the broker already. What is put off is in
    Kafka, and not committed: nothing is lost with this process. `clock` is in seconds.
    """

    def __init__(
        self,
        client: AIOKafkaClient,
        most_seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._most_seconds = most_seconds
        self._clock = clock
        self._pause = pause
        self._answered: dict[Any, float] = {}
        self._next: dict[Any, float] = {}
        self._send: Send = client.send
        client.send = self.send

    def send(self, node_id: Any, request: Any, **options: Any) -> Awaitable[Any]:
        """As the client's own."""
        if isinstance(request, FetchRequest):
            return self._fetch(node_id, request, options)
        return self._send(node_id, request, **options)

    async def _fetch(self, node_id: Any, request: FetchRequest, options: dict[str, Any]) -> Any:
        early = self._next.pop(node_id, 0.0) - self._clock()
        if early > 0:
            await self._pause(early)
        answer = await self._send(node_id, request, **options)
        records = sum(records_in(partition[-1]) for _topic, partitions in answer.topics for partition in partitions)
        if records:
            now = self._clock()
            each = (now - self._answered.get(node_id, 0.0)) / records
            self._answered[node_id] = now
            self._next[node_id] = now + min(self._most_seconds, ENOUGH * each)
        return answer


def records_in(data: bytes | None) -> int:
    """Of one partition's answer, without reading them: each batch says how many it has; of older formats, 1 each."""
    found, at = 0, 0
    for _ in range(PLENTY):
        if data is None or at + HEADER_BYTES > len(data):
            break
        found += max(1, INT.unpack_from(data, at + COUNT_AT)[0]) if data[at + MAGIC_AT] == 2 else 1
        at += LENGTH_AT + INT.size + max(0, INT.unpack_from(data, at + LENGTH_AT)[0])
    return found
