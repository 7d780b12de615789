"""What a feed cannot read is counted and told of; what is looked for ends where the log ends."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from connectors_client.feed import Feed, Heard
from connectors_client.inbox import ResultInbox
from connectors_shared.contract.topics import RESULT

PLACE = TopicPartition(RESULT.name, 0)


class ShortLog:
    """A consumer of a partition that ends at 3 by now; whoever polls it often without end is told so."""

    def __init__(self) -> None:
        self.polls = 0

    def assign(self, _partitions: list[TopicPartition]) -> None: ...

    def seek(self, _partition: TopicPartition, _offset: int) -> None: ...

    async def getmany(self, *_partitions: TopicPartition, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        self.polls += 1
        assert self.polls < 10
        return {PLACE: [SimpleNamespace(value=b"{}")]} if self.polls == 1 else {}

    async def position(self, _partition: TopicPartition) -> int:
        return 3

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 3)


async def test_looking_back_ends_where_the_log_ends_by_now() -> None:
    taken: list[Any] = []
    inbox = ResultInbox("nowhere:1", "test", RESULT.name, taken.extend)
    consumer: Any = ShortLog()
    await inbox._read_between(consumer, {PLACE: 1}, {PLACE: 8})
    assert [record.value for record in taken] == [b"{}"]


async def test_what_cannot_be_read_is_counted_and_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    async def handle(_heard: list[Heard]) -> None: ...

    feed = Feed("nowhere:1", "group", handle)
    record = SimpleNamespace(topic=RESULT.name, partition=2, offset=7, value=b'{"status": "canary"}')
    assert feed._decoded(record) is None
    assert feed.unreadable == 1
    said = capsys.readouterr()
    assert "feed.unreadable" in said.out + said.err
    assert "canary" not in said.out + said.err
