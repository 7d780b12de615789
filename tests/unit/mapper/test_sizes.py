"""What results may write is bounded in bytes: per value, per result, per slice."""

import asyncio
import json
from collections.abc import Callable, Collection, Iterable
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_shared.contract.dead import DeadLetter
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.updates import MappingReason
from field_mapper.batch import SLICE_BYTES, BatchProcessor
from field_mapper.coercion import UserFieldCoercion, bytes_of
from field_mapper.metrics import MapperMetrics
from field_mapper.model import Contact, Proposal
from field_mapper.stages import Announcement, propose
from field_mapper.stages.propose import RESULT_BYTES, VALUE_BYTES
from field_mapper.stages.results import Result
from field_mapper.verdicts import Verdict
from tests.unit.executor.hostile import JSON

from .builders import CREATE, NOON, a_result, custom, user
from .twin import FakeRecord, InMemoryContacts, InMemoryPublisher, InMemorySession

UPDATED, DEAD = "contact.updated", "connector.result.dead"


def written(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def is_finite(value: Any) -> bool:
    """Postgres takes no other number, and no other is stored."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


FINITE = JSON.filter(is_finite)


def proposed(result: ConnectorResult) -> Proposal:
    proposal = propose(Result.of(result), UserFieldCoercion("US"), NOON)
    assert proposal is not None
    return proposal


@given(FINITE)
def test_a_value_is_measured_as_it_is_written(value: Any) -> None:
    assert bytes_of(value, 1_000_000) == written(value)


@given(FINITE, st.integers(0, 40))
def test_measuring_tells_what_fits_from_what_does_not(value: Any, most: int) -> None:
    assert (bytes_of(value, most) <= most) == (written(value) <= most)


def not_written(proposal: Proposal) -> list[tuple[str, Verdict]]:
    return [(mapped.target_field, mapped.verdict) for mapped in proposal.mapped if mapped.verdict]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("x" * 70_000, id="text"),
        pytest.param(["x"] * 40_000, id="list"),
        pytest.param({str(n): n for n in range(20_000)}, id="object"),
        pytest.param(1 << 1_000_000, id="number"),
    ],
)
def test_what_is_too_large_is_refused_by_name_with_its_reason(value: Any) -> None:
    result = a_result(uuid4(), {"large": value, "n": "Ann"}, custom("large", "copy"), user("n", "first_name"))
    proposal = proposed(result)
    assert (proposal.custom, proposal.user) == ({}, {"first_name": "Ann"})
    [(field, verdict)] = not_written(proposal)
    assert (verdict.reason, field, verdict.detail) == (
        MappingReason.LIMIT,
        "copy",
        "the value takes more than 64 KiB",
    )


def test_the_largest_value_is_written() -> None:
    value = "x" * (VALUE_BYTES - 2)
    proposal = proposed(a_result(uuid4(), {"v": value}, custom("v", "text"), user("v", "notes")))
    assert (proposal.custom, proposal.user) == ({"text": value}, {"notes": value})
    assert proposal.value_bytes == 2 * VALUE_BYTES


@pytest.mark.parametrize("path", ["$", "a", "$.a", "$.a[*]"])
def test_mappings_of_the_whole_response_write_no_more_than_a_result_may(path: str) -> None:
    data = {"a": [{"text": "x" * 100, "n": n} for n in range(400)]}
    proposal = proposed(a_result(uuid4(), data, *(custom(path, f"f{n}") for n in range(200))))
    assert 0 < sum(written(value) for value in proposal.custom.values()) <= RESULT_BYTES
    assert len(proposal.custom) + len(not_written(proposal)) == 200
    assert set(proposal.reasons()) <= {MappingReason.LIMIT, MappingReason.PATH}
    assert "1024 KiB" in (not_written(proposal)[0][1].detail or "")


def test_what_plain_paths_give_is_paid_for_from_the_budget_of_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("field_mapper.selection.jsonpath.BUDGET", 1_000)
    data = {"a": "x" * 60_000, "n": "Ann"}
    proposal = proposed(a_result(uuid4(), data, *(custom("a", f"f{n}") for n in range(9)), user("n", "first_name")))
    assert len(proposal.custom) == 4
    assert set(proposal.reasons()) == {MappingReason.PATH}
    assert proposal.user == {"first_name": "Ann"}, "what is small is free"


def large_records(count: int) -> list[FakeRecord]:
    """Each writes almost as much as a result may."""
    data = {"a": "x" * 60_000}
    results = [
        a_result(uuid4(), data, *(custom("a", f"f{n}") for n in range(17)), contact_id=uuid4(), options=CREATE)
        for _ in range(count)
    ]
    return [FakeRecord(result.to_json(), offset) for offset, result in enumerate(results)]


async def test_a_slice_ends_with_what_it_writes(processor: BatchProcessor, publisher: InMemoryPublisher) -> None:
    records = large_records(8)
    taken = await processor.process(records)
    assert taken == records[:5]
    assert sum(len(message.value or b"") for message in publisher.on(UPDATED)) <= SLICE_BYTES + 2 * RESULT_BYTES


async def test_a_slice_ends_with_what_its_updates_carry(processor: BatchProcessor) -> None:
    variables = {"text": "x" * (SLICE_BYTES // 4)}
    results = [a_result(uuid4(), {"n": "Ann"}, user("n", "first_name"), contact_id=uuid4()) for _ in range(6)]
    carrying = [
        result.model_copy(update={"context": result.context.model_copy(update={"variables": variables})})
        for result in results
    ]
    records = [FakeRecord(result.to_json(), offset) for offset, result in enumerate(carrying)]
    assert await processor.process(records) == records[:4]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A transaction that writes this first name lasts until its time is over; how many contacts each of those wrote."""
    tried: list[int] = []
    limits: list[asyncio.Timeout] = []
    save, timeout = InMemorySession.save, asyncio.timeout

    def noted(seconds: float) -> asyncio.Timeout:
        limits.append(timeout(seconds))
        return limits[-1]

    async def saved(
        self: InMemorySession, contacts: Iterable[Contact], announced: Callable[[], Collection[Announcement]]
    ) -> None:
        if "Slow" in [contact.user.get("first_name") for contact in contacts]:
            tried.append(len(list(contacts)))
            limits[-1].reschedule(asyncio.get_running_loop().time())
            await asyncio.Event().wait()
        await save(self, contacts, announced)

    monkeypatch.setattr(InMemorySession, "save", saved)
    monkeypatch.setattr(asyncio, "timeout", noted)
    return tried


def named(*names: str) -> list[FakeRecord]:
    results = [
        a_result(uuid4(), {"n": name}, user("n", "first_name"), contact_id=uuid4(), options=CREATE) for name in names
    ]
    return [FakeRecord(result.to_json(), offset) for offset, result in enumerate(results)]


async def test_a_slice_that_takes_too_long_is_halved_until_the_one_that_does_is_set_aside(
    processor: BatchProcessor, publisher: InMemoryPublisher, slow: list[int]
) -> None:
    records = named("Ann", "Slow", "Bob", "Cy")
    assert await processor.process(records) == records
    assert len(publisher.on(UPDATED)) == 3
    letter = DeadLetter.from_headers(list(publisher.on(DEAD)[0].headers))
    assert (letter.reason, letter.offset, letter.attempts) == (DeadReason.REPEATED_FAULT, 1, 1)
    assert letter.detail == "its transaction took longer than 120 seconds"
    assert slow == [4, 2, 1, 1, 1]


async def test_a_postgres_that_does_not_answer_is_waited_for_before_a_slice_is_halved(
    processor: BatchProcessor,
    contacts: InMemoryContacts,
    publisher: InMemoryPublisher,
    metrics: MapperMetrics,
    monkeypatch: pytest.MonkeyPatch,
    slow: list[int],
) -> None:
    """What it held up is applied afterwards, and nothing is set aside."""
    applied, away = contacts.applied, [ConnectionError("frozen")] * 5

    async def answered(execution_ids: Any) -> Any:
        if slow and away:
            raise away.pop()
        if slow:
            monkeypatch.setattr(InMemorySession, "save", thawed)
        return await applied(execution_ids)

    async def thawed(
        self: InMemorySession, found: Iterable[Contact], announced: Callable[[], Collection[Announcement]]
    ) -> None:
        self.contacts |= {contact.ref: contact for contact in found}
        self.unpublished += announced()

    monkeypatch.setattr(contacts, "applied", answered)
    records = named("Ann", "Slow")
    assert await processor.process(records) == records
    assert metrics.registry.get_sample_value("connectors_field_mapper_retries_total", {"step": "applied"}) == 5
    assert (len(publisher.on(UPDATED)), publisher.on(DEAD), slow) == (2, [], [2])
