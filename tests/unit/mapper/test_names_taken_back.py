"""What another system calls a contact is bound with care, shown, taken back and edited like its fields."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.runtime.clock import SystemClock
from field_mapper.batch import BatchProcessor
from field_mapper.coercion import UserFieldCoercion
from field_mapper.inbound.http.editing import ContactEditor, ContactExistsError
from field_mapper.model import Contact, ContactKey, ContactRef

from .builders import CREATE, a_result, user
from .twin import FakeRecord, InMemoryContacts

WORKSPACE, BOB = uuid4(), uuid4()
PHONE = "+14155550100"
FIELDS = (user("n", "first_name"), user("e", "email"), user("p", "phone"))


@pytest.fixture
def editor(contacts: InMemoryContacts, coerce: UserFieldCoercion) -> ContactEditor:
    return ContactEditor(contacts, lambda _workspace: coerce, SystemClock())  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _bob(contacts: InMemoryContacts) -> None:
    there = Contact(BOB, WORKSPACE, user={"first_name": "Bob", "email": "bob@example.com", "phone": PHONE})
    contacts.committed.contacts[there.ref] = there


def bob(contacts: InMemoryContacts) -> Contact:
    return contacts.committed.contacts[ContactRef(WORKSPACE, BOB)]


async def mapped(processor: BatchProcessor, name: str, email: str | None, minutes: float = 0) -> ConnectorResult:
    data = {"n": "Eve", "e": email, "p": PHONE}
    result = a_result(WORKSPACE, data, *FIELDS, contact_id=name, options=CREATE, minutes=minutes)
    assert await processor.process([FakeRecord(result.to_json())])
    return result


async def test_a_shared_phone_makes_nobody_of_another_email_of_a_contact(
    processor: BatchProcessor, contacts: InMemoryContacts
) -> None:
    await mapped(processor, "crm-eve", "eve@example.com")
    assert (bob(contacts).external_id, bob(contacts).user["first_name"]) == (None, "Bob")
    names = {contact.external_id for contact in contacts.committed.contacts.values()}
    assert names == {None, "crm-eve"}


@pytest.mark.parametrize("email", [None, "BOB@example.com"])
async def test_a_name_that_an_execution_gave_is_taken_back_with_the_rest(
    email: str | None, processor: BatchProcessor, contacts: InMemoryContacts, editor: ContactEditor
) -> None:
    result = await mapped(processor, "crm-eve", email)
    assert bob(contacts).external_id == "crm-eve"
    await editor.undo(WORKSPACE, "ann", BOB, result.execution_id)
    assert (bob(contacts).external_id, bob(contacts).user["first_name"], bob(contacts).origins) == (None, "Bob", {})
    [edit] = contacts.committed.edits
    assert edit.changes.user["external_id"] == {"from": "crm-eve", "to": None, "origin": 0}


async def test_a_name_under_which_a_contact_was_made_stays(
    processor: BatchProcessor, contacts: InMemoryContacts, editor: ContactEditor
) -> None:
    """It would be made again by the next result, beside an empty one."""
    result = await mapped(processor, "crm-eve", "eve@example.com")
    [made] = [contact for contact in contacts.committed.contacts.values() if contact.id != BOB]
    await editor.undo(WORKSPACE, "ann", made.id, result.execution_id)
    left = contacts.committed.contacts[made.ref]
    assert (left.external_id, left.user) == ("crm-eve", {})


async def test_a_person_changes_the_name_and_no_older_result_brings_it_back(
    processor: BatchProcessor, contacts: InMemoryContacts, editor: ContactEditor
) -> None:
    result = await mapped(processor, "crm-eve", None)
    await editor.update(WORKSPACE, "ann", BOB, {}, {}, external_id=None)
    assert bob(contacts).external_id is None
    await mapped(processor, "crm-eve", None, minutes=1)
    assert bob(contacts).external_id is None
    undone = await editor.undo(WORKSPACE, "ann", BOB, result.execution_id)
    assert "it was changed since" in undone.kept.values()
    await editor.update(WORKSPACE, "ann", BOB, {}, {}, external_id="crm-bob")
    assert bob(contacts).external_id == "crm-bob"
    other: UUID = await editor.create(WORKSPACE, "ann", None, "crm-eve", {"first_name": "Eve"}, {})
    with pytest.raises(ContactExistsError):
        await editor.update(WORKSPACE, "ann", other, {}, {}, external_id="crm-bob")
    await editor.update(WORKSPACE, "ann", other, {}, {}, external_id="crm-eve")
    assert datetime.fromisoformat(bob(contacts).origins["external_id"]["at"]) <= datetime.now(UTC)


async def test_who_writes_an_address_keeps_flows_from_making_a_contact_of_it_meanwhile(
    contacts: InMemoryContacts, editor: ContactEditor
) -> None:
    await editor.update(WORKSPACE, "ann", BOB, {"email": "Bob@new.example", "phone": None}, {})
    assert ContactKey(WORKSPACE, "email", "bob@new.example") in contacts.committed.serialized
    await editor.create(WORKSPACE, "ann", None, None, {"email": "eve@example.com", "phone": PHONE}, {})
    keys = {("email", "eve@example.com"), ("phone", PHONE)}
    assert keys <= {(key.kind, key.value) for key in contacts.committed.serialized}
