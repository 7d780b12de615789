"""Results onto contacts, through real Kafka and Postgres."""

import asyncio
from uuid import uuid4

import pytest

from connectors_shared.contract.contact import MappingOptions
from connectors_shared.contract.dead import DeadLetter
from connectors_shared.contract.execution import ResultStatus
from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.updates import ContactUpdated
from field_mapper.model import Contact
from field_mapper.outbound import session
from field_mapper.outbound.publisher import KafkaPublisher
from tests.unit.mapper.builders import CREATE, a_result, custom, user

from .conftest import World

IDENTITY = {
    "identity": {"firstName": "Jose", "lastName": "Tayzon", "address": "1461 Indian Well Dr"},
    "data": {"householdIncomeMidpoint": 187500, "creditMidpoint": 775},
}
MAPPINGS = (
    user("identity.firstName", "first_name"),
    user("identity.lastName", "last_name"),
    user("identity.address", "address"),
    custom("data.householdIncomeMidpoint", "income"),
    custom("data.creditMidpoint", "credit_score"),
)


async def test_the_example_of_the_specification_changes_the_contact(world: World) -> None:
    workspace = uuid4()
    contact = await world.make_contact(workspace, phone="+16266958105")
    await world.publish(a_result(workspace, IDENTITY, *MAPPINGS, contact_id=contact))
    async with world.mapper():
        (update,) = await world.updates(1)
        await world.until_committed()
    row = await world.contact(contact)
    assert (row["first_name"], row["last_name"], row["address"]) == ("Jose", "Tayzon", "1461 Indian Well Dr")
    assert row["phone"] == "+16266958105"
    assert await world.custom(contact) == {"income": 187500, "credit_score": 775}
    assert update.contact_id == str(contact)
    assert not update.created
    assert update.user_fields == {"first_name": "Jose", "last_name": "Tayzon", "address": "1461 Indian Well Dr"}
    assert update.custom_fields == {"income": 187500, "credit_score": 775}
    assert row["origins"]["first_name"]["execution"] == str(update.execution_id)
    assert row["origins"]["first_name"]["version"] == 3


async def test_a_result_delivered_again_changes_nothing_and_is_announced_once(world: World) -> None:
    workspace = uuid4()
    contact = await world.make_contact(workspace)
    result = a_result(workspace, {"n": "Ann"}, user("n", "first_name"), contact_id=contact)
    last = a_result(workspace, {"n": "Bea"}, user("n", "city"), contact_id=contact)
    await world.publish(result)
    async with world.mapper():
        await world.updates(1)
        await world.pool.execute("UPDATE contacts SET first_name = 'By hand'")
        await world.publish(result, last)
        records = await world.read("contact.updated", 2)
        await world.until_committed()
    updates = [ContactUpdated.model_validate_json(record.value or b"") for record in records]
    assert [update.execution_id for update in updates] == [result.execution_id, last.execution_id]
    assert records[0].key == records[1].key == str(contact).encode()
    assert (await world.contact(contact))["first_name"] == "By hand"


async def test_a_crash_between_transaction_and_publish_loses_no_message(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = uuid4()
    contact = await world.make_contact(workspace)
    await world.publish(a_result(workspace, {"n": "Ann"}, user("n", "first_name"), contact_id=contact))
    fails = FailingSend()
    with monkeypatch.context() as patched:
        patched.setattr(KafkaPublisher, "send", fails)
        async with world.mapper():
            await fails.tried.wait()
    assert (await world.contact(contact))["first_name"] == "Ann"
    stored = await world.pool.fetchval("SELECT body FROM update_bodies")
    async with world.mapper():
        (record,) = await world.read("contact.updated", 1)
        await world.until_committed()
    assert record.value == stored


class FailingSend:
    def __init__(self) -> None:
        self.tried = asyncio.Event()

    async def __call__(self, messages: object) -> dict[int, Exception]:
        self.tried.set()
        return {0: ConnectionError("no broker")}


async def test_an_old_replay_does_not_overwrite_newer_data(world: World) -> None:
    workspace = uuid4()
    contact = await world.make_contact(workspace)
    mappings = (user("n", "first_name"), user("city", "city"), custom("score", "score"))
    await world.publish(
        a_result(workspace, {"n": "New", "score": 2}, *mappings, contact_id=contact, minutes=10),
        a_result(workspace, {"n": "Old", "city": "Rome", "score": 1}, *mappings, contact_id=contact, minutes=5),
    )
    async with world.mapper():
        updates = await world.updates(2)
    row = await world.contact(contact)
    assert (row["first_name"], row["city"]) == ("New", "Rome")
    assert await world.custom(contact) == {"score": 2}
    assert {value.target_field for value in updates[1].not_written} == {"first_name", "score"}
    assert updates[1].user_fields == {"city": "Rome"}


async def test_what_cannot_be_read_or_stored_goes_to_the_dead_letters_and_the_rest_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = uuid4()
    good = [
        a_result(workspace, {"n": f"N{n}"}, user("n", "first_name"), options=CREATE, contact_id=uuid4())
        for n in range(20)
    ]
    poison = a_result(workspace, {"n": "poison"}, user("n", "first_name"), options=CREATE, contact_id=uuid4())
    _let_postgres_refuse("poison", monkeypatch)
    await world.publish(*good[:10], b"not json", b"{}", poison, *good[10:], partition=0)
    async with world.mapper():
        dead = await world.dead(3)
        updates = await world.updates(20)
        await world.until_committed()
    assert {update.execution_id for update in updates} == {result.execution_id for result in good}
    assert [record.value for record in dead] == [b"not json", b"{}", poison.to_json()]
    letters = [DeadLetter.from_headers(list(record.headers)) for record in dead]
    assert [letter.reason for letter in letters] == [
        DeadReason.NOT_JSON,
        DeadReason.INVALID_MESSAGE,
        DeadReason.REPEATED_FAULT,
    ]
    assert [letter.offset for letter in letters] == [10, 11, 12]
    assert await world.pool.fetchval("SELECT count(*) FROM contacts") == 20


def _let_postgres_refuse(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that passes our checks and makes the real statement fail: NUL is what jsonb cannot hold."""
    row_of = session._row

    def row(contact: Contact) -> dict[str, object]:
        made = row_of(contact)
        return made | {"notes": "\x00"} if made.get("first_name") == name else made

    monkeypatch.setattr(session, "_row", row)


async def test_a_header_that_is_not_text_does_not_lose_the_batch(world: World) -> None:
    workspace = uuid4()
    contact = await world.make_contact(workspace)
    result = a_result(workspace, {"n": "Ann"}, user("n", "first_name"), contact_id=contact)
    await world.producer.send_and_wait(
        world.topic("connector.result"),
        value=result.to_json(),
        key=result.key(),
        headers=[("broken", b"\xff\xfe"), ("traceparent", b"00-ab-cd-01")],
    )
    async with world.mapper():
        (record,) = await world.read("contact.updated", 1)
    assert record.headers == (("traceparent", b"00-ab-cd-01"),)


async def test_another_workspace_is_never_touched(world: World) -> None:
    mine, theirs = uuid4(), uuid4()
    their_contact = await world.make_contact(theirs, first_name="Theirs", email="a@example.com")
    mappings = (user("n", "first_name"), user("e", "email"))
    data = {"n": "Mine", "e": "A@Example.com"}
    await world.publish(
        a_result(mine, data, *mappings, contact_id=their_contact),
        a_result(mine, data, *mappings, contact_id=their_contact, options=CREATE),
    )
    async with world.mapper():
        updates = await world.updates(2)
    there = await world.pool.fetch("SELECT workspace_id, first_name FROM contacts WHERE id = $1", their_contact)
    assert {row["workspace_id"]: row["first_name"] for row in there} == {theirs: "Theirs", mine: "Mine"}
    made = [update for update in updates if update.created]
    assert len(made) == 1
    assert made[0].workspace_id == mine
    (missed,) = [update for update in updates if not update.created]
    assert missed.contact_id is None
    assert missed.reason


async def test_options_decide_what_may_happen_to_the_contact(world: World) -> None:
    workspace = uuid4()
    contact = await world.make_contact(workspace, first_name="Kept", email="a@example.com")
    mappings = (user("n", "first_name"), user("c", "city"))
    data = {"n": "Other", "c": "Rome"}
    wanted = uuid4()
    results = (
        a_result(workspace, data, *mappings, contact_id=contact, options=MappingOptions(update_existing=False)),
        a_result(workspace, data, *mappings, contact_id=contact, options=MappingOptions(overwrite_existing=False)),
        a_result(workspace, data, *mappings, contact_id=wanted, options=CREATE),
        a_result(workspace, data, *mappings, contact_id=uuid4()),
    )
    await world.publish(*results, partition=0)
    async with world.mapper():
        untouched, filled, created, missed = await world.updates_of(*results)
    assert untouched.user_fields == {}
    assert "updateExisting" in (untouched.reason or "")
    assert filled.user_fields == {"city": "Rome"}
    assert (await world.contact(contact))["first_name"] == "Kept"
    assert created.created
    assert created.contact_id == str(wanted)
    assert missed.contact_id is None


async def test_a_custom_field_that_is_there_is_kept_and_one_that_is_empty_is_filled(world: World) -> None:
    """What is stored is read for whether it is empty, not for what it holds."""
    workspace = uuid4()
    contact = await world.make_contact(workspace)
    mappings = (custom("large", "large"), custom("zero", "zero"), custom("empty", "empty"))
    first = a_result(workspace, {"large": ["x" * 1_000], "zero": 0, "empty": []}, *mappings, contact_id=contact)
    filling = MappingOptions(overwrite_existing=False)
    data = {"large": ["y"], "zero": 1, "empty": ["z"]}
    second = a_result(workspace, data, *mappings, contact_id=contact, options=filling, minutes=1)
    await world.publish(first)
    async with world.mapper():
        await world.updates_of(first)
        await world.publish(second)
        *_, update = await world.updates_of(first, second)
    assert update.custom_fields == {"empty": ["z"]}
    assert {line.target_field for line in update.not_written} == {"large", "zero"}
    assert await world.custom(contact) == {"large": ["x" * 1_000], "zero": 0, "empty": ["z"]}


async def test_contacts_are_matched_by_email_then_phone_also_within_one_batch(world: World) -> None:
    workspace = uuid4()
    by_phone = await world.make_contact(workspace, phone="+16266958105")
    mappings = (user("e", "email"), user("p", "phone"), user("n", "first_name"))
    results = (
        a_result(workspace, {"p": "(626) 695-8105", "n": "Phone"}, *mappings),
        a_result(workspace, {"e": "new@example.com", "n": "First"}, *mappings, options=CREATE),
        a_result(workspace, {"e": "NEW@example.com", "n": "Second"}, *mappings, options=CREATE, minutes=1),
    )
    await world.publish(*results, partition=0)
    async with world.mapper():
        phone, first, second = await world.updates_of(*results)
    assert phone.contact_id == str(by_phone)
    assert first.created
    assert not second.created
    assert first.contact_id == second.contact_id
    assert (await world.contact(second.contact_id or ""))["first_name"] == "Second"


async def test_a_failed_execution_with_mappings_is_announced_and_one_without_is_not(world: World) -> None:
    workspace = uuid4()
    contact = await world.make_contact(workspace)
    failed = a_result(workspace, None, user("n", "first_name"), contact_id=contact, status=ResultStatus.TIMEOUT)
    plain = a_result(workspace, {"n": "x"}, contact_id=contact)
    await world.publish(plain, failed)
    async with world.mapper():
        (update,) = await world.updates(1)
        await world.until_committed()
    assert update.execution_id == failed.execution_id
    assert "timeout" in (update.reason or "")
    assert await world.pool.fetchval("SELECT count(*) FROM applied_executions") == 1


async def test_the_first_value_defines_a_custom_field_and_later_ones_must_fit(world: World) -> None:
    workspace = uuid4()
    contact = await world.make_contact(workspace)
    await world.publish(
        a_result(workspace, {"v": 5}, custom("v", "income"), contact_id=contact),
        a_result(workspace, {"v": "7.5"}, custom("v", "income"), contact_id=contact, minutes=1),
        a_result(workspace, {"v": "plenty"}, custom("v", "income"), contact_id=contact, minutes=2),
    )
    async with world.mapper():
        *_, last = await world.updates(3)
    assert await world.custom(contact) == {"income": 7.5}
    assert last.not_written[0].target_field == "income"
    assert await world.pool.fetchval("SELECT type FROM custom_field_definitions") == "number"


async def test_two_mappers_on_overlapping_contacts_finish_without_deadlock_or_duplicates(world: World) -> None:
    workspace = uuid4()
    contacts = [await world.make_contact(workspace) for _ in range(20)]
    results = [
        a_result(
            workspace,
            {"n": f"N{number}", "v": number, "e": f"p{number % 10}@example.com"},
            user("n", "first_name"),
            custom("v", f"field {number % 7}"),
            *([user("e", "email")] if number % 2 else []),
            contact_id=contacts[(number * 7) % 20] if number % 2 == 0 else None,
            options=CREATE,
            minutes=number,
        )
        for number in range(600)
    ]
    for number, result in enumerate(results):
        await world.publish(result, partition=number % 6)
    async with world.mapper(batch_max_records=50), world.mapper(batch_max_records=50):
        updates = await world.updates(600)
        await world.until_committed()
    assert {update.execution_id for update in updates} == {result.execution_id for result in results}
    emails = await world.pool.fetch("SELECT email FROM contacts WHERE email IS NOT NULL")
    assert sorted(row["email"] for row in emails) == sorted(f"p{n}@example.com" for n in range(1, 10, 2))
    assert await world.pool.fetchval("SELECT count(*) FROM applied_executions") == 600
