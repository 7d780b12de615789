import asyncio
import time
from collections.abc import Sequence
from uuid import UUID, uuid4

import asyncpg
import pytest
from structlog.testing import capture_logs

from connectors_shared.contract.dead import DeadLetter
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.updates import ContactUpdated
from field_mapper.batch import TURN_SECONDS, BatchProcessor
from field_mapper.metrics import MapperMetrics
from field_mapper.model import ContactRef
from field_mapper.outbound.faults import may_pass
from field_mapper.outbound.publisher import Outgoing
from field_mapper.retries import Retries

from .builders import CREATE, a_result, user
from .twin import FakeRecord, InMemoryContacts, InMemoryPublisher

WORKSPACE = uuid4()
UPDATED, DEAD = "contact.updated", "connector.result.dead"


def a_creation(name: str) -> ConnectorResult:
    return a_result(WORKSPACE, {"n": name}, user("n", "first_name"), contact_id=uuid4(), options=CREATE)


def records(*results: ConnectorResult) -> list[FakeRecord]:
    return [FakeRecord(result.to_json(), offset) for offset, result in enumerate(results)]


async def test_a_batch_is_one_transaction(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    assert await processor.process(records(*[a_creation(f"N{n}") for n in range(10)]))
    assert contacts.transactions == 1
    assert len(contacts.committed.contacts) == len(publisher.on(UPDATED)) == 10


async def test_the_same_result_twice_in_a_batch_is_applied_and_announced_once(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    result = a_creation("Ann")
    assert await processor.process(records(result, result))
    assert len(contacts.committed.executions) == len(publisher.on(UPDATED)) == 1


async def test_a_redelivery_of_what_is_published_is_not_announced_again(
    processor: BatchProcessor, publisher: InMemoryPublisher
) -> None:
    batch = records(a_creation("Ann"), a_creation("Bob"))
    assert await processor.process(batch)
    assert await processor.process(batch)
    assert len(publisher.on(UPDATED)) == 2


async def test_a_redelivery_of_what_is_not_published_is_announced_in_the_stored_bytes(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    batch = records(a_creation("Ann"), a_creation("Bob"))
    await processor._apply(await processor._prepared_some(batch))
    stored = [made.body for made in contacts.committed.executions.values()]
    assert await processor.process(batch)
    assert [message.value for message in publisher.on(UPDATED)] == stored


async def test_what_another_left_unpublished_of_a_contact_goes_before_its_next_update(
    processor: BatchProcessor, publisher: InMemoryPublisher
) -> None:
    first = a_creation("Ann")
    contact, next_one = first.context.contact_id, {"n": "Bea"}
    second = a_result(WORKSPACE, next_one, user("n", "first_name"), contact_id=contact, minutes=1)
    await processor._apply(await processor._prepared_some(records(first)))
    assert await processor.process(records(second))
    assert await processor.process(records(first))
    updates = [ContactUpdated.model_validate_json(message.value or b"") for message in publisher.on(UPDATED)]
    assert [update.execution_id for update in updates] == [first.execution_id, second.execution_id]
    assert [update.sequence for update in updates] == [1, 2]


@pytest.mark.parametrize("position", [0, 3, 6])
async def test_one_poisonous_result_is_set_aside_and_the_others_keep_their_order(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher, position: int
) -> None:
    contacts.refuse = "poison"
    results = [a_creation("poison" if number == position else f"N{number}") for number in range(7)]
    assert await processor.process(records(*results))
    (dead,) = publisher.on(DEAD)
    letter = DeadLetter.from_headers(list(dead.headers))
    assert (letter.reason, letter.offset, letter.attempts) == (DeadReason.REPEATED_FAULT, position, 1)
    assert dead.value == results[position].to_json()
    announced = [ContactUpdated.model_validate_json(m.value or b"").execution_id for m in publisher.on(UPDATED)]
    assert announced == [r.execution_id for n, r in enumerate(results) if n != position]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, DeadReason.EMPTY),
        (b"", DeadReason.EMPTY),
        (b"{", DeadReason.NOT_JSON),
        (b'"\\ud800"', DeadReason.NOT_JSON),
        (b"[" * 100_000, DeadReason.NOT_JSON),
        (b"[]", DeadReason.INVALID_MESSAGE),
        (b'{"status": "success"}', DeadReason.INVALID_MESSAGE),
    ],
)
async def test_what_cannot_be_read_becomes_a_dead_letter_with_its_bytes(
    processor: BatchProcessor, publisher: InMemoryPublisher, value: bytes | None, reason: DeadReason
) -> None:
    record = FakeRecord(value, 9, partition=2, headers=(("trace", b"\xff"), ("dead-reason", b"old"), ("null", None)))
    assert await processor.process([record])
    (dead,) = publisher.sent
    letter = DeadLetter.from_headers(list(dead.headers))
    assert (dead.topic, dead.value, dead.key) == (DEAD, value, b"key")
    assert (letter.reason, letter.partition, letter.offset) == (reason, 2, 9)
    assert dead.headers[:2] == (("trace", b"\xff"), ("null", None))


async def test_a_result_that_dies_again_after_a_replay_says_how_often(
    processor: BatchProcessor, publisher: InMemoryPublisher
) -> None:
    record = FakeRecord(b"{", 9, headers=(("dead-replayed-from", b"dead/0/1"), ("dead-attempts", b"2")))
    assert await processor.process([record])
    (dead,) = publisher.sent
    assert DeadLetter.from_headers(list(dead.headers)).attempts == 3
    assert [name for name, _ in dead.headers if name == "dead-replayed-from"] == []


async def test_others_have_their_turn_between_records_that_take_long(
    processor: BatchProcessor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heartbeats run on the same loop: without them the batch goes to the next mapper, which fares no better."""
    turns = 0

    def long(*_: object) -> None:
        time.sleep(TURN_SECONDS)

    async def beat() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    monkeypatch.setattr("field_mapper.batch.propose", long)
    heart = asyncio.create_task(beat())
    await processor.process(records(*[a_creation(f"n{n}") for n in range(5)]))
    heart.cancel()
    assert turns >= 4


async def test_a_newer_schema_version_is_set_aside(processor: BatchProcessor, publisher: InMemoryPublisher) -> None:
    await processor.process(records(a_creation("Ann").model_copy(update={"schema_version": 99})))
    assert DeadLetter.from_headers(list(publisher.sent[0].headers)).reason is DeadReason.UNSUPPORTED_VERSION


async def test_an_execution_id_of_another_workspace_is_another_execution(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    mine = a_creation("Mine")
    theirs = mine.model_copy(update={"workspace_id": uuid4()})
    await processor.process(records(mine, theirs))
    await processor.process(records(theirs, mine))
    assert len(publisher.on(UPDATED)) == 2
    ids = {ref.workspace_id: ref.id for ref in contacts.committed.contacts}
    assert ids == dict.fromkeys((mine.workspace_id, theirs.workspace_id), UUID(mine.context.contact_id))


async def test_corrected_mappings_are_applied_to_an_execution_that_was_applied(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    wrong = a_result(WORKSPACE, {"n": "Ann", "c": "Rome"}, user("c", "first_name"), contact_id=uuid4(), options=CREATE)
    corrected = wrong.model_copy(update={"field_mappings": [user("n", "first_name")]})
    for batch in (records(wrong), records(corrected), records(wrong, corrected)):
        await processor.process(batch)
    [contact] = contacts.committed.contacts.values()
    assert contact.user == {"first_name": "Ann"}
    assert len(publisher.on(UPDATED)) == 2


async def test_a_publish_that_takes_too_long_is_halved_until_it_gets_through(
    processor: BatchProcessor,
    contacts: InMemoryContacts,
    publisher: InMemoryPublisher,
    retries: Retries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line that takes three messages within the time, of ten that wait."""
    monkeypatch.setattr("field_mapper.publishing.PUBLISH_SECONDS", 0.05)
    quick = publisher.send

    async def slow(messages: Sequence[Outgoing]) -> dict[int, Exception]:
        if len(messages) > 3:
            await asyncio.Event().wait()
        return await quick(messages)

    monkeypatch.setattr(publisher, "send", slow)
    batch = records(*[a_creation(f"N{n}") for n in range(10)])
    assert await asyncio.wait_for(processor.process(batch), 60)
    updates = [ContactUpdated.model_validate_json(message.value or b"") for message in publisher.on(UPDATED)]
    assert [update.sequence for update in updates] == list(range(1, 11))
    assert min(contacts.portions) <= 3


async def test_outages_of_postgres_are_waited_out_without_losing_or_setting_aside_anything(
    processor: BatchProcessor,
    contacts: InMemoryContacts,
    publisher: InMemoryPublisher,
    retries: Retries,
    metrics: MapperMetrics,
) -> None:
    contacts.outages = [
        ConnectionRefusedError("down"),
        asyncpg.CannotConnectNowError("starting"),
        asyncpg.DeadlockDetectedError("deadlock"),
        asyncpg.UndefinedTableError("not migrated"),
        asyncpg.InterfaceError("closed"),
        TimeoutError(),
    ]
    assert await processor.process(records(a_creation("Ann")))
    assert len(publisher.on(UPDATED)) == 1
    assert publisher.on(DEAD) == []
    assert retries.problem is None
    assert metrics.registry.get_sample_value("connectors_field_mapper_retries_total", {"step": "transaction"}) == 6


def violated(value: str) -> asyncpg.PostgresError:
    """As Postgres tells of a row that it refuses."""
    error = asyncpg.UniqueViolationError(f"the row of {value} is refused")
    error.detail, error.constraint_name = f"Key (email)=({value}) already exists.", "contacts_pkey"
    return error


async def test_the_log_of_a_fault_names_its_kind_and_repeats_no_value(
    processor: BatchProcessor, contacts: InMemoryContacts
) -> None:
    value = "ann@example.com"
    away = asyncpg.DeadlockDetectedError(f"while updating {value}")
    bound = asyncpg.DataError(f"invalid input for query argument $1: {value!r}")
    contacts.outages = [away, *[violated(value), violated(value)] * 2, bound]
    with capture_logs() as logs:
        assert await processor.process(records(a_creation("Ann"), a_creation("Bob")))
    told = {entry["event"]: entry for entry in logs}
    assert value not in str(logs)
    assert not any("exc_info" in entry for entry in logs)
    assert (told["step.retried"]["error"], told["step.retried"]["sqlstate"]) == ("DeadlockDetectedError", "40P01")
    poisonous = told["result.poisonous"]
    assert (poisonous["sqlstate"], poisonous["constraint"]) == ("23505", "contacts_pkey")
    assert "twin.py" in poisonous["stack"]


async def test_unacknowledged_updates_go_again_all_of_them_in_order(
    processor: BatchProcessor, publisher: InMemoryPublisher
) -> None:
    publisher.failures = [{1}]
    await processor.process(records(a_creation("Ann"), a_creation("Bob"), a_creation("Cid")))
    sent = publisher.on(UPDATED)
    assert len(sent) == 5
    assert [sent[0], sent[1]] == [sent[2], sent[4]]


async def test_an_acknowledged_dead_letter_is_not_sent_twice(
    processor: BatchProcessor, publisher: InMemoryPublisher
) -> None:
    publisher.failures = [{1}]
    await processor.process([FakeRecord(b"a", 0), FakeRecord(b"b", 1), FakeRecord(b"c", 2)])
    assert [message.value for message in publisher.on(DEAD)] == [b"a", b"c", b"b"]


async def test_an_update_that_its_topic_takes_in_no_form_is_set_aside_and_its_contact_is_written(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    publisher.closed = {UPDATED}
    publisher.failures = [{1}]
    batch = records(a_creation("Ann"), a_creation("Bob"))
    assert await processor.process(batch)
    assert len(contacts.committed.contacts) == 2
    letters = [DeadLetter.from_headers(list(message.headers)) for message in publisher.on(DEAD)]
    assert [(letter.reason, letter.offset) for letter in letters] == [
        (DeadReason.TOO_LARGE, 0),
        (DeadReason.TOO_LARGE, 1),
    ]


async def test_a_dead_letter_that_its_topic_takes_in_no_form_holds_up_nothing(
    processor: BatchProcessor, publisher: InMemoryPublisher
) -> None:
    publisher.closed = {DEAD}
    assert await processor.process([FakeRecord(b"x"), *records(a_creation("Ann"))])
    assert [message.topic for message in publisher.sent] == [UPDATED]


async def test_the_context_of_a_result_is_announced_byte_for_byte(
    processor: BatchProcessor, publisher: InMemoryPublisher
) -> None:
    value = a_creation("Ann").to_json()
    theirs = b'{"flowId":"f", "variables":{"n":1e15},"theirs":1.50}'
    context = ConnectorResult.model_validate_json(value).context.to_json()
    assert await processor.process([FakeRecord(value.replace(context, theirs))])
    assert theirs in (publisher.sent[0].value or b"")


async def test_a_stop_during_an_outage_ends_the_batch_unfinished_and_says_what_was_wrong(
    processor: BatchProcessor, contacts: InMemoryContacts, metrics: MapperMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors_shared.runtime.persist.FIRST_PAUSE_SECONDS", 3600.0)
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 3600.0)
    tried = asyncio.Event()
    patient = Retries(lambda step: tried.set())
    processor._retries = patient
    contacts.outages = [ConnectionRefusedError("down")]
    task = asyncio.create_task(processor.process(records(a_creation("Ann"))))
    await asyncio.wait_for(tried.wait(), 5)
    assert "transaction" in (patient.problem or "")
    patient.stop()
    assert await asyncio.wait_for(task, 5) is None
    assert await processor.process(records(a_creation("Bob"))) is None
    assert contacts.committed.contacts == {}


@pytest.mark.parametrize(
    ("error", "by_data"),
    [
        (asyncpg.DataError("x"), True),
        (asyncpg.UniqueViolationError("x"), True),
        (asyncpg.ProgramLimitExceededError("x"), True),
        (asyncpg.exceptions.UntranslatableCharacterError("x"), True),
        (ValueError("x"), True),
        (RecursionError("x"), True),
        (asyncpg.DiskFullError("x"), False),
        (asyncpg.TooManyConnectionsError("x"), False),
        (asyncpg.ReadOnlySQLTransactionError("x"), False),
        (asyncpg.AdminShutdownError("x"), False),
        (asyncpg.ConnectionDoesNotExistError("x"), False),
        (TimeoutError(), False),
    ],
)
def test_a_fault_is_of_the_data_or_of_the_surroundings(error: Exception, by_data: bool) -> None:
    assert may_pass(error) is not by_data


async def test_results_are_counted_by_what_became_of_them(processor: BatchProcessor, metrics: MapperMetrics) -> None:
    plain = a_result(WORKSPACE, {"n": 1})
    missed = a_result(WORKSPACE, {"n": "x"}, user("n", "nickname"), contact_id=uuid4(), options=CREATE)
    await processor.process([*records(a_creation("Ann"), plain, missed), FakeRecord(b"x")])
    counted = {
        outcome: metrics.registry.get_sample_value("connectors_field_mapper_results_total", {"outcome": outcome})
        for outcome in ("created", "no_mappings", "unchanged", "dead")
    }
    assert counted == {"created": 1, "no_mappings": 1, "unchanged": 1, "dead": 1}
    refused = metrics.registry.get_sample_value(
        "connectors_field_mapper_refused_values_total", {"reason": "unknown_field"}
    )
    assert refused == 1


async def test_an_email_changed_in_a_batch_is_found_by_its_new_value_only(
    processor: BatchProcessor, contacts: InMemoryContacts
) -> None:
    first = uuid4()
    mappings = (user("e", "email"), user("n", "first_name"))
    await processor.process(
        records(
            a_result(WORKSPACE, {"e": "old@example.com"}, *mappings, contact_id=first, options=CREATE),
            a_result(WORKSPACE, {"e": "new@example.com"}, *mappings, contact_id=first, minutes=1),
            a_result(WORKSPACE, {"e": "New@example.com", "n": "Same"}, *mappings, minutes=2),
            a_result(WORKSPACE, {"e": "old@example.com", "n": "Other"}, *mappings, options=CREATE, minutes=3),
        )
    )
    assert contacts.committed.contacts[ContactRef(WORKSPACE, first)].user["first_name"] == "Same"
    assert sorted(c.user["first_name"] for c in contacts.committed.contacts.values()) == ["Other", "Same"]
