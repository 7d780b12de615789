"""Marks are read of every partition, or not at all."""

from typing import Any, ClassVar

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from connector_executor.inbound.kafka import marks
from connector_executor.inbound.kafka.window import Mark
from connectors_shared.runtime import kafka_admin

FIRST, SECOND = (TopicPartition("connector.execute", number) for number in range(2))


class Admin:
    """Tells `told`; its own connections."""

    told: ClassVar[dict[TopicPartition, OffsetAndMetadata]] = {}

    def __init__(self, **_settings: Any) -> None:
        self._client = self

    async def start(self) -> None:
        return

    async def close(self) -> None:
        return

    async def list_consumer_group_offsets(
        self, *_args: Any, **_options: Any
    ) -> dict[TopicPartition, OffsetAndMetadata]:
        return self.told


@pytest.fixture(autouse=True)
def _admin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_admin, "AIOKafkaAdminClient", Admin)


async def test_a_coordinator_that_tells_nothing_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Admin, "told", {FIRST: OffsetAndMetadata(7, "2:a:9")})
    with pytest.raises(KafkaError, match="1 partitions"):
        await marks.committed_marks("kafka:9092", "g", [FIRST, SECOND])


async def test_a_partition_of_which_nothing_was_committed_has_no_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Admin, "told", {FIRST: OffsetAndMetadata(7, "2:a:9"), SECOND: OffsetAndMetadata(-1, "")})
    assert await marks.committed_marks("kafka:9092", "g", [FIRST, SECOND]) == {FIRST: Mark((("a", 9),))}
