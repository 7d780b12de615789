"""A contact is made only by keys that are serialized, also when the contact that they led to has left them."""

from collections.abc import Collection
from uuid import UUID, uuid4

import pytest

from connectors_shared.contract.execution import ConnectorResult
from field_mapper.batch import BatchProcessor
from field_mapper.model import Contact, ContactKey, ContactRef

from .builders import CREATE, a_result, user
from .twin import FakeRecord, InMemoryContacts, InMemorySession

WORKSPACE, LEAVER = uuid4(), uuid4()
EMAIL, PHONE, NAME = user("e", "email"), user("p", "phone"), user("n", "first_name")
OLD, NEW = "a@example.com", "b@example.com"
FIRST_PHONE, NEXT_PHONE = "+14155550100", "+14155550101"


class EditedMeanwhile(InMemorySession):
    """Somebody changes the address after the contact was found and before it is locked."""

    async def lock(self, refs: Collection[ContactRef]) -> dict[ContactRef, Contact]:
        self.contacts[ContactRef(WORKSPACE, LEAVER)].user["email"] = NEW
        return await super().lock(refs)


@pytest.fixture(autouse=True)
def _a_leaver(contacts: InMemoryContacts) -> None:
    there = Contact(LEAVER, WORKSPACE, user={"email": OLD, "phone": FIRST_PHONE})
    contacts.committed.contacts[there.ref] = there


async def mapped(processor: BatchProcessor, contacts: InMemoryContacts, *results: ConnectorResult) -> list[Contact]:
    """The contacts that were made."""
    records = [FakeRecord(result.to_json(), offset) for offset, result in enumerate(results)]
    assert await processor.process(records) == records
    return [contact for contact in contacts.committed.contacts.values() if contact.id != LEAVER]


def somebody_new(minutes: int, key: str = OLD) -> ConnectorResult:
    if "@" in key:
        return a_result(WORKSPACE, {"e": key, "n": "New"}, EMAIL, NAME, options=CREATE, minutes=minutes)
    return a_result(WORKSPACE, {"p": key, "n": "New"}, PHONE, NAME, options=CREATE, minutes=minutes)


def left(email: str, contact_id: UUID | None = LEAVER) -> ConnectorResult:
    return a_result(WORKSPACE, {"e": email}, EMAIL, contact_id=contact_id)


async def test_one_that_an_earlier_result_of_the_batch_has_moved(
    processor: BatchProcessor, contacts: InMemoryContacts
) -> None:
    made = await mapped(processor, contacts, left(NEW), somebody_new(1), somebody_new(2))
    assert [contact.user["email"] for contact in made] == [OLD]
    assert ContactKey(WORKSPACE, "email", OLD) in contacts.committed.serialized
    assert contacts.transactions == 2


async def test_one_that_moved_by_an_address_of_the_batch_itself(
    processor: BatchProcessor, contacts: InMemoryContacts
) -> None:
    other_phone = a_result(WORKSPACE, {"e": NEW, "p": NEXT_PHONE}, EMAIL, PHONE, minutes=1)
    made = await mapped(processor, contacts, left(NEW), other_phone, somebody_new(2, FIRST_PHONE))
    assert [contact.user["phone"] for contact in made] == [FIRST_PHONE]
    assert ContactKey(WORKSPACE, "phone", FIRST_PHONE) in contacts.committed.serialized


async def test_one_that_somebody_has_edited_between_the_search_and_the_lock(
    processor: BatchProcessor, contacts: InMemoryContacts
) -> None:
    contacts.committed = EditedMeanwhile(contacts.committed.contacts)
    made = await mapped(processor, contacts, somebody_new(1))
    assert [contact.user["email"] for contact in made] == [OLD]
    assert ContactKey(WORKSPACE, "email", OLD) in contacts.committed.serialized


async def test_who_still_has_the_address_costs_no_second_transaction(
    processor: BatchProcessor, contacts: InMemoryContacts
) -> None:
    assert await mapped(processor, contacts, left(OLD), somebody_new(1)) == []
    assert (contacts.transactions, contacts.committed.serialized) == (1, set())
