"""A slice ends when its mappings have taken long; what is applied already is not mapped again."""

from collections.abc import Callable, Collection, Iterator
from typing import Any
from uuid import uuid4

import pytest

from connectors_shared.contract.execution import ConnectorResult
from field_mapper import batch
from field_mapper.batch import BatchProcessor
from field_mapper.model import AppliedKey
from field_mapper.retries import Retries
from field_mapper.stages import Announcement, propose
from field_mapper.stages.results import Result

from .builders import CREATE, a_result, user
from .twin import FakeRecord, InMemoryContacts, InMemoryPublisher

UPDATED = "contact.updated"
SLICE_SECONDS = 1.0
Cost = Callable[[float], list[str]]


@pytest.fixture
def now() -> list[float]:
    """The time of a clock that stands."""
    return [0.0]


@pytest.fixture
def cost(monkeypatch: pytest.MonkeyPatch, now: list[float]) -> Cost:
    """Makes every mapping take so many seconds of that clock; the names that are mapped."""
    mapped: list[str] = []
    seconds = [0.0]

    class Time:
        @staticmethod
        def monotonic() -> float:
            return now[0]

    def costly(result: Result, *rest: Any) -> Any:
        now[0] += seconds[0]
        mapped.append(result.data["n"])
        return propose(result, *rest)

    monkeypatch.setattr(batch, "SLICE_SECONDS", SLICE_SECONDS)
    monkeypatch.setattr(batch, "time", Time)
    monkeypatch.setattr(batch, "propose", costly)

    def takes(each: float) -> list[str]:
        seconds[0] = each
        return mapped

    return takes


def some(count: int) -> list[FakeRecord]:
    workspace = uuid4()
    results = [
        a_result(workspace, {"n": f"N{n}"}, user("n", "first_name"), contact_id=uuid4(), options=CREATE)
        for n in range(count)
    ]
    return [FakeRecord(result.to_json(), offset) for offset, result in enumerate(results)]


async def test_a_batch_of_cheap_mappings_is_one_slice(processor: BatchProcessor, cost: Cost) -> None:
    cost(0.0001)
    records = some(500)
    assert await processor.process(records) == records


async def test_a_slice_ends_when_its_time_is_over_and_what_it_took_is_durable(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher, cost: Cost
) -> None:
    cost(0.3)
    records = some(10)
    assert await processor.process(records) == records[:4]
    assert contacts.transactions == 1
    assert len(publisher.on(UPDATED)) == 4


async def test_one_that_takes_longer_than_a_slice_is_a_slice(processor: BatchProcessor, cost: Cost) -> None:
    cost(5.0)
    records = some(3)
    assert await processor.process(records) == records[:1]


async def test_what_is_applied_already_is_told_if_it_is_not_yet_and_not_mapped_again(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher, cost: Cost
) -> None:
    mapped = cost(0.3)
    records = some(4)
    await processor._apply(await processor._prepared_some(records[:3]))
    assert len(mapped) == 3
    done = await processor.process(records[:2], lambda: records[1:])
    assert done == records[:2]
    assert (len(mapped), contacts.asked) == (3, 2)
    assert len(publisher.on(UPDATED)) == 2
    assert await processor.process(records, lambda: records[1:]) == records
    assert mapped == ["N0", "N1", "N2", "N3"]
    assert len(publisher.on(UPDATED)) == 4


async def test_which_are_applied_is_not_asked_for_while_mapping_is_quick(
    processor: BatchProcessor, contacts: InMemoryContacts, cost: Cost
) -> None:
    cost(0.0001)
    for _ in range(3):
        await processor.process(some(10))
    assert contacts.asked == 1, "only what comes first may be what another mapper had"


async def test_an_execution_of_another_workspace_is_not_taken_for_one_that_is_applied(
    processor: BatchProcessor, publisher: InMemoryPublisher, cost: Cost
) -> None:
    mapped = cost(0.3)
    [record] = some(1)
    await processor.process([record])
    result = ConnectorResult.model_validate_json(record.value or b"")
    thief = FakeRecord(result.model_copy(update={"workspace_id": uuid4()}).to_json(), 1)
    assert await processor.process([thief]) == [thief]
    assert len(mapped) == 2
    assert len(publisher.on(UPDATED)) == 2


async def test_mapping_is_charged_and_waiting_for_postgres_is_not(
    processor: BatchProcessor,
    contacts: InMemoryContacts,
    monkeypatch: pytest.MonkeyPatch,
    cost: Cost,
    now: list[float],
) -> None:
    cost(0.3)
    charged: list[float] = []

    async def after_an_outage(_keys: Collection[AppliedKey]) -> dict[AppliedKey, Announcement]:
        now[0] += 600.0
        return {}

    monkeypatch.setattr(contacts, "applied", after_an_outage)
    assert await processor.process(some(3), charge=charged.append)
    assert sum(charged) == pytest.approx(0.3)


async def test_a_slice_that_is_abandoned_while_it_is_prepared_is_not_begun(
    processor: BatchProcessor, contacts: InMemoryContacts, retries: Retries
) -> None:
    def abandoned_meanwhile() -> Iterator[FakeRecord]:
        yield from some(2)
        retries.abandon()

    assert await processor.process(abandoned_meanwhile()) is None
    assert contacts.transactions == 0
    assert len(await processor.process(records := some(2)) or ()) == len(records)
