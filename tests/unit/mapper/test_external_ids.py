"""Contacts that a flow knows by another system's name, which is no UUID."""

from uuid import uuid4

from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.updates import ContactUpdated
from field_mapper.batch import BatchProcessor

from .builders import CREATE, a_result, user
from .twin import FakeRecord, InMemoryContacts, InMemoryPublisher

WORKSPACE = uuid4()
MAPPINGS = (user("n", "first_name"), user("e", "email"))


async def mapped(processor: BatchProcessor, *results: ConnectorResult) -> None:
    records = [FakeRecord(result.to_json(), offset) for offset, result in enumerate(results)]
    assert await processor.process(records) == records


async def test_each_execution_of_such_a_contact_writes_to_the_same_one(
    processor: BatchProcessor, contacts: InMemoryContacts
) -> None:
    first, second, third = (
        a_result(WORKSPACE, {"n": f"N{n}"}, MAPPINGS[0], contact_id="crm-42", options=CREATE, minutes=n)
        for n in range(3)
    )
    await mapped(processor, first, second)
    await mapped(processor, third)
    [contact] = contacts.committed.contacts.values()
    assert (contact.external_id, contact.user) == ("crm-42", {"first_name": "N2"})


async def test_two_names_of_another_system_are_two_contacts_though_they_share_an_address(
    processor: BatchProcessor, contacts: InMemoryContacts
) -> None:
    names = ("crm-1", "crm-2", "crm-1")
    data = [{"n": f"N{n}", "e": "family@example.com"} for n in range(3)]
    await mapped(
        processor,
        *[a_result(WORKSPACE, data[n], *MAPPINGS, contact_id=names[n], options=CREATE, minutes=n) for n in range(3)],
    )
    found = {contact.external_id: contact.user["first_name"] for contact in contacts.committed.contacts.values()}
    assert found == {"crm-1": "N2", "crm-2": "N1"}


async def test_a_contact_found_by_its_address_is_known_by_the_name_from_then_on(
    processor: BatchProcessor, contacts: InMemoryContacts
) -> None:
    data = {"n": "Ann", "e": "ann@example.com"}
    await mapped(processor, a_result(WORKSPACE, data, *MAPPINGS, options=CREATE))
    await mapped(processor, a_result(WORKSPACE, data, *MAPPINGS, contact_id="crm-7", minutes=1))
    await mapped(processor, a_result(WORKSPACE, {"n": "Bea"}, MAPPINGS[0], contact_id="crm-7", minutes=2))
    [contact] = contacts.committed.contacts.values()
    assert (contact.external_id, contact.user["first_name"]) == ("crm-7", "Bea")


async def test_a_name_that_cannot_be_stored_ends_in_an_update_that_says_so(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    await mapped(processor, a_result(WORKSPACE, {"n": "Ann"}, MAPPINGS[0], contact_id="a\x00b", options=CREATE))
    [message] = publisher.on("contact.updated")
    assert "cannot be stored" in (ContactUpdated.model_validate_json(message.value or b"").reason or "")
    assert not contacts.committed.contacts
