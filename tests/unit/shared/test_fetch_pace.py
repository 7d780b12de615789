"""Records that come one after another are fetched together; who comes alone, and a backlog, are not put off."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder

from connectors_shared.runtime.fetch_pace import ENOUGH, FetchPace, records_in

MOST = 0.01
FETCH = FetchRequest(500, 1, 1_000, 1, [])


def batch(count: int) -> bytes:
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=False,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=10_000,
    )
    for offset in range(count):
        builder.append(offset, timestamp=1, key=None, value=b"value", headers=[])
    return bytes(builder.build())


class Client:
    """Answers with so many records for each fetch, and by then it is so late (seconds)."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pauses: list[float] = []
        self.answers: list[tuple[float, int]] = []
        self.asked: list[Any] = []

    async def send(self, node_id: int, request: Any, **_options: Any) -> Any:
        self.asked.append((node_id, request))
        if not isinstance(request, FetchRequest):
            return None
        waited, count = self.answers.pop(0)
        self.now += waited
        data = batch(count) if count else b""
        return SimpleNamespace(topics=[("topic", [(0, 0, 0, data), (1, 0, 0, None)])])

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def client() -> Client:
    client = Client()
    FetchPace(client, MOST, clock=lambda: client.now, pause=client.pause)
    return client


async def fetched(client: Client, *answers: tuple[float, int], node_id: int = 1) -> list[float]:
    """The pauses before each of these fetches but the first."""
    client.answers += answers
    for _ in answers:
        await client.send(node_id, FETCH)
    return client.pauses


async def test_after_records_the_next_fetch_is_put_off_for_the_whole_time_at_a_low_rate(client: Client) -> None:
    assert await fetched(client, (5.0, 1), (0.0, 2), (0.005, 1)) == pytest.approx([MOST, MOST])


async def test_no_longer_than_enough_records_take_to_come(client: Client) -> None:
    await fetched(client, (5.0, 1), (0.01, 20))
    client.pauses.clear()
    assert await fetched(client, (0.0, 1)) == pytest.approx([ENOUGH * 0.02 / 20])


async def test_where_nothing_came_nothing_is_put_off(client: Client) -> None:
    assert await fetched(client, (0.5, 0), (0.5, 0), (0.5, 1)) == []


async def test_time_that_has_passed_anyway_counts(client: Client) -> None:
    await fetched(client, (5.0, 1))
    client.now += MOST
    assert await fetched(client, (0.0, 1)) == []


async def test_each_broker_has_its_own_pace_and_other_requests_have_none(client: Client) -> None:
    await fetched(client, (5.0, 1))
    await fetched(client, (0.0, 1), node_id=2)
    await client.send(1, MetadataRequest([]))
    assert client.pauses == []
    assert [node_id for node_id, _ in client.asked] == [1, 2, 1]


def test_records_are_counted_by_what_their_batches_say() -> None:
    old = LegacyRecordBatchBuilder(magic=1, compression_type=0, batch_size=10_000)
    old.append(0, timestamp=1, key=None, value=b"v" * 100)
    assert records_in(batch(3) + batch(4)) == 7
    assert records_in(bytes(old.build())) == 1
    assert records_in(None) == records_in(b"") == 0


@pytest.mark.parametrize(
    "damaged", [b"\xff" * 100, b"\x00" * 100, batch(3)[:40], b"\x00" * 16 + b"\x02" + b"\xff" * 60]
)
def test_what_is_no_batch_is_counted_and_nobody_waits_for_it(damaged: bytes) -> None:
    assert 0 <= records_in(damaged) <= 200
