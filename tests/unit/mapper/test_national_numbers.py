"""Where no region says which country's a number is, the same text is the same contact, and nothing else is."""

from uuid import uuid4

import pytest

from connectors_shared.contract.execution import ConnectorResult
from field_mapper.batch import BatchProcessor
from field_mapper.coercion import UserFieldCoercion

from .builders import CREATE, a_result, user
from .twin import FakeRecord, InMemoryContacts

WORKSPACE = uuid4()
FIELDS = (user("p", "phone"), user("n", "first_name"), user("e", "email"))


@pytest.fixture
def coerce() -> UserFieldCoercion:
    return UserFieldCoercion(None)


def called(phone: str, minutes: int = 0, email: str | None = None) -> ConnectorResult:
    data = {"p": phone, "n": f"N{minutes}", "e": email}
    return a_result(WORKSPACE, data, *FIELDS, options=CREATE, minutes=minutes)


async def mapped(processor: BatchProcessor, *results: ConnectorResult) -> None:
    for result in results:
        assert await processor.process([FakeRecord(result.to_json())])


async def test_a_flow_that_knows_people_by_it_makes_one_contact(
    processor: BatchProcessor, contacts: InMemoryContacts
) -> None:
    await mapped(processor, *[called("030 1234567", minutes) for minutes in range(3)])
    [contact] = contacts.committed.contacts.values()
    assert contact.user == {"phone": "030 1234567", "first_name": "N2"}


async def test_it_is_no_international_number_and_nobody_of_another_email(
    processor: BatchProcessor, contacts: InMemoryContacts
) -> None:
    await mapped(
        processor,
        called("4930 1234567", 0, "ann@example.com"),
        called("+49301234567", 1, "bea@example.com"),
        called("4930 1234567", 2, "cid@example.com"),
    )
    assert len(contacts.committed.contacts) == 3
