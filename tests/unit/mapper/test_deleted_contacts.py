"""A contact that somebody deletes is gone for good, also for the results that are still under way to it."""

from uuid import uuid4

import pytest

from connectors_shared.contract.topics import CONTACT_UPDATED
from connectors_shared.contract.updates import ContactUpdated, MappingReason
from connectors_shared.runtime.clock import SystemClock
from field_mapper.batch import BatchProcessor
from field_mapper.coercion import UserFieldCoercion
from field_mapper.inbound.http.editing import ContactChangedError, ContactEditor, ContactNotFoundError
from field_mapper.model import ContactRef

from .builders import CREATE, a_result, custom, user
from .twin import FakeRecord, InMemoryContacts, InMemoryPublisher

WORKSPACE, CONTACT = uuid4(), uuid4()


@pytest.fixture
def editor(contacts: InMemoryContacts, coerce: UserFieldCoercion) -> ContactEditor:
    return ContactEditor(contacts, lambda _workspace: coerce, SystemClock())  # type: ignore[arg-type]


async def test_a_result_that_is_still_under_way_does_not_bring_a_deleted_contact_back(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher, editor: ContactEditor
) -> None:
    await editor.create(WORKSPACE, "ann", CONTACT, None, {"first_name": "Bob"}, {})
    await editor.delete(WORKSPACE, "ann", CONTACT)
    late = a_result(WORKSPACE, {"n": "Bob"}, user("n", "first_name"), contact_id=CONTACT, options=CREATE)
    await processor.process([FakeRecord(late.to_json())])
    update = ContactUpdated.model_validate_json(publisher.on(CONTACT_UPDATED.name)[-1].value or b"")
    assert contacts.committed.contacts == {}
    assert (update.contact_id, [line.reason for line in update.mappings]) == (None, [MappingReason.CONTACT_DELETED])
    assert "deleted" in (update.reason or "")


async def test_another_contact_of_the_same_batch_is_made_all_the_same(
    processor: BatchProcessor, contacts: InMemoryContacts, editor: ContactEditor
) -> None:
    await editor.create(WORKSPACE, "ann", CONTACT, None, {"first_name": "Bob"}, {})
    await editor.delete(WORKSPACE, "ann", CONTACT)
    other = uuid4()
    results = [
        a_result(WORKSPACE, {"n": "Bob"}, user("n", "first_name"), contact_id=id_, options=CREATE)
        for id_ in (CONTACT, other)
    ]
    await processor.process([FakeRecord(result.to_json(), offset) for offset, result in enumerate(results)])
    assert set(contacts.committed.contacts) == {ContactRef(WORKSPACE, other)}


async def test_nothing_is_left_of_what_it_held(
    processor: BatchProcessor, contacts: InMemoryContacts, editor: ContactEditor
) -> None:
    result = a_result(
        WORKSPACE, {"n": "canary"}, user("n", "city"), custom("n", "c"), contact_id=CONTACT, options=CREATE
    )
    await processor.process([FakeRecord(result.to_json())])
    await editor.update(WORKSPACE, "ann", CONTACT, {"notes": "canary"}, {})
    await editor.delete(WORKSPACE, "ann", CONTACT)
    there = contacts.committed
    assert (there.contacts, there.edits, set(there.gone.values())) == ({}, [], {"ann"})
    assert [made.made.changes.to_json()["user"] for made in there.executions.values() if made.made] == [{}]


async def test_a_change_is_refused_that_was_made_to_another_revision(
    contacts: InMemoryContacts, editor: ContactEditor
) -> None:
    await editor.create(WORKSPACE, "ann", CONTACT, None, {"first_name": "Bob"}, {})
    known = frozenset({contacts.committed.contacts[ContactRef(WORKSPACE, CONTACT)].revision})
    await editor.update(WORKSPACE, "ann", CONTACT, {"city": "Rome"}, {}, expected=known)
    with pytest.raises(ContactChangedError) as changed:
        await editor.update(WORKSPACE, "bea", CONTACT, {"city": "Oslo"}, {}, expected=known)
    assert "revision 2" in changed.value.problem.detail
    with pytest.raises(ContactChangedError):
        await editor.delete(WORKSPACE, "bea", CONTACT, expected=known)
    assert contacts.committed.contacts[ContactRef(WORKSPACE, CONTACT)].user["city"] == "Rome"


async def test_what_is_deleted_is_not_there_to_be_deleted_again(editor: ContactEditor) -> None:
    await editor.create(WORKSPACE, "ann", CONTACT, None, {}, {})
    await editor.delete(WORKSPACE, "ann", CONTACT)
    with pytest.raises(ContactNotFoundError):
        await editor.delete(WORKSPACE, "ann", CONTACT)
