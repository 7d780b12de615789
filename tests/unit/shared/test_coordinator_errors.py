"""A coordinator that is loading has not said that nothing was committed."""

from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import GroupLoadInProgressError
from aiokafka.protocol.commit import OffsetFetchResponse_v3

from connectors_shared.runtime.coordinator_errors import raise_coordinator_errors

PARTITION = TopicPartition("connector.execute", 0)
LOADING = OffsetFetchResponse_v3(0, [], GroupLoadInProgressError.errno)
TOLD = OffsetFetchResponse_v3(0, [("connector.execute", [(0, 7, "mark", 0)])], 0)


class Broker:
    """Answers one after the other."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    async def send(self, *_request: Any, **_options: Any) -> Any:
        return self.answers.pop(0)


def a_coordinator(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(GroupCoordinator, "_send_req", GroupCoordinator._send_req)  # put back afterwards
    raise_coordinator_errors()
    raise_coordinator_errors()
    coordinator: Any = GroupCoordinator.__new__(GroupCoordinator)
    parts = {
        "_client": broker,
        "group_id": "g",
        "coordinator_id": 1,
        "_retry_backoff_ms": 0,
        "_coordinator_dead_fut": None,
    }
    coordinator.__dict__.update(parts)
    monkeypatch.setattr(GroupCoordinator, "coordinator_dead", lambda _self: None)
    monkeypatch.setattr(GroupCoordinator, "ensure_coordinator_known", lambda _self: _nothing())
    return coordinator


async def _nothing() -> None:
    return


async def test_committed_offsets_are_asked_for_until_the_coordinator_tells_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broker = Broker(LOADING, LOADING, TOLD)
    found = await a_coordinator(broker, monkeypatch).fetch_committed_offsets([PARTITION])
    assert {partition: committed.offset for partition, committed in found.items()} == {PARTITION: 7}
    assert not broker.answers


async def test_a_partition_without_a_committed_offset_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = OffsetFetchResponse_v3(0, [("connector.execute", [(0, -1, "", 0)])], 0)
    assert await a_coordinator(Broker(nothing), monkeypatch).fetch_committed_offsets([PARTITION]) == {}
