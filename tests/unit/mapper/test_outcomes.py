"""What `contact.updated` says of each mapping."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from connectors_shared.contract.contact import MappingOptions, TargetType
from connectors_shared.contract.execution import ConnectorResult, ResultStatus
from connectors_shared.contract.topics import CONTACT_UPDATED
from connectors_shared.contract.updates import ContactUpdated, MappedValue, MappingOutcome, MappingReason
from field_mapper.batch import BatchProcessor
from field_mapper.coercion import CustomFieldType
from field_mapper.model import Contact, CustomValue
from field_mapper.verdicts import SHOWN_CHARACTERS

from .builders import CREATE, a_result, custom, user
from .twin import FakeRecord, InMemoryContacts, InMemoryPublisher

WORKSPACE = uuid4()
EARLIER = {"at": "2026-01-01T11:00:00+00:00", "by": "ann"}
LATER = {"at": "2026-01-01T13:00:00+00:00", "by": "ann"}


class Mapper:
    """Maps one result onto a contact that is there."""

    def __init__(self, processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher) -> None:
        self.processor = processor
        self.contacts = contacts
        self.publisher = publisher

    def has(self, **fields: Any) -> UUID:
        contact = Contact(uuid4(), WORKSPACE, **fields)
        self.contacts.committed.contacts[contact.ref] = contact
        for name, value in contact.custom.items():
            self.contacts.committed.types[WORKSPACE, name] = value.type
        return contact.id

    async def maps(self, result: ConnectorResult) -> dict[str, MappedValue]:
        assert await self.processor.process([FakeRecord(result.to_json())])
        body = self.publisher.on(CONTACT_UPDATED.name)[-1].value
        return {line.target_field: line for line in ContactUpdated.model_validate_json(body or b"").mappings}


@pytest.fixture
def mapper(processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher) -> Mapper:
    return Mapper(processor, contacts, publisher)


def told(lines: dict[str, MappedValue]) -> dict[str, tuple[Any, ...]]:
    return {name: (line.outcome, line.reason, line.before, line.after) for name, line in lines.items()}


async def test_each_mapping_says_from_which_value_to_which_it_was_written(mapper: Mapper) -> None:
    score = CustomValue(1, CustomFieldType.NUMBER, EARLIER)
    contact = mapper.has(user={"city": "Rome", "company": "Acme"}, custom={"score": score})
    data = {"c": "Oslo", "a": "Acme", "s": 2, "n": "Ann"}
    mappings = (user("c", "city"), user("a", "company"), custom("s", "score"), user("n", "first_name"))
    lines = await mapper.maps(a_result(WORKSPACE, data, *mappings, contact_id=contact))
    assert told(lines) == {
        "city": (MappingOutcome.WRITTEN, None, "Rome", "Oslo"),
        "company": (MappingOutcome.UNCHANGED, None, "Acme", "Acme"),
        "score": (MappingOutcome.WRITTEN, None, 1, 2),
        "first_name": (MappingOutcome.WRITTEN, None, None, "Ann"),
    }
    assert lines["score"].target_type is TargetType.CUSTOM_FIELD
    assert list(lines) == ["city", "company", "score", "first_name"]


async def test_what_is_not_written_says_why_in_a_word_and_a_sentence(mapper: Mapper) -> None:
    contact = mapper.has(user={"city": "Rome", "state": "CA"}, origins={"state": LATER, "city": EARLIER})
    mappings = (
        *(user("missing", "notes"), user("c", "city"), user("c", "state"), user("c", "email")),
        *(user("c", "nickname"), user("a..b", "country"), custom("c", "bad\nname")),
    )
    filling = MappingOptions(overwrite_existing=False)
    lines = await mapper.maps(a_result(WORKSPACE, {"c": "Oslo"}, *mappings, contact_id=contact, options=filling))
    assert {name: (line.outcome, line.reason) for name, line in lines.items()} == {
        "notes": (MappingOutcome.SKIPPED, MappingReason.ABSENT),
        "city": (MappingOutcome.SKIPPED, MappingReason.OCCUPIED),
        "state": (MappingOutcome.SKIPPED, MappingReason.OLDER),
        "email": (MappingOutcome.REFUSED, MappingReason.VALUE),
        "nickname": (MappingOutcome.REFUSED, MappingReason.UNKNOWN_FIELD),
        "country": (MappingOutcome.REFUSED, MappingReason.PATH),
        "bad\nname": (MappingOutcome.REFUSED, MappingReason.UNKNOWN_FIELD),
    }
    assert all(line.detail for name, line in lines.items() if name != "notes")


async def test_of_two_mappings_of_one_field_the_later_holds_and_the_earlier_says_so(mapper: Mapper) -> None:
    result = a_result(WORKSPACE, {"a": "x", "b": "y"}, user("a", "city"), user("b", "city"), options=CREATE)
    assert await mapper.processor.process([FakeRecord(result.to_json())])
    update = ContactUpdated.model_validate_json(mapper.publisher.on(CONTACT_UPDATED.name)[-1].value or b"")
    assert [(line.source_path, line.outcome, line.reason) for line in update.mappings] == [
        ("a", MappingOutcome.SKIPPED, MappingReason.SUPERSEDED),
        ("b", MappingOutcome.WRITTEN, None),
    ]


@pytest.mark.parametrize(
    ("options", "status", "reason"),
    [
        (MappingOptions(), ResultStatus.SUCCESS, MappingReason.CONTACT_NOT_FOUND),
        (CREATE, ResultStatus.ERROR, MappingReason.EXECUTION_FAILED),
    ],
)
async def test_where_nothing_is_written_at_all_each_mapping_says_why(
    mapper: Mapper, options: MappingOptions, status: ResultStatus, reason: MappingReason
) -> None:
    result = a_result(WORKSPACE, {"c": "Oslo"}, user("c", "city"), contact_id=uuid4(), options=options, status=status)
    assert told(await mapper.maps(result)) == {"city": (MappingOutcome.SKIPPED, reason, None, None)}


async def test_a_contact_that_is_not_to_be_updated_says_so_by_mapping(mapper: Mapper) -> None:
    contact = mapper.has(user={"city": "Rome"})
    only_new = MappingOptions(create_if_not_exists=True, update_existing=False)
    lines = await mapper.maps(
        a_result(WORKSPACE, {"c": "Oslo"}, user("c", "city"), contact_id=contact, options=only_new)
    )
    assert told(lines)["city"] == (MappingOutcome.SKIPPED, MappingReason.CONTACT_NOT_UPDATED, None, None)


async def test_values_of_fields_whose_name_says_that_they_are_secret_are_masked(mapper: Mapper) -> None:
    token = CustomValue("canary-before", CustomFieldType.TEXT, EARLIER)
    contact = mapper.has(custom={"api_token": token})
    lines = await mapper.maps(a_result(WORKSPACE, {"t": "canary-after"}, custom("t", "api_token"), contact_id=contact))
    assert lines["api_token"].outcome is MappingOutcome.WRITTEN
    assert "canary" not in lines["api_token"].model_dump_json()
    assert lines["api_token"].before == lines["api_token"].after != None  # noqa: E711


@pytest.mark.parametrize("long", ["x" * 5_000, ["x" * 100] * 50, {"a": "x" * 5_000}, 10**900])
async def test_long_values_are_shortened_and_named(mapper: Mapper, long: Any) -> None:
    contact = mapper.has(user={"notes": "y" * 5_000})
    mappings = (user("short", "notes"), custom("long", "copy"))
    lines = await mapper.maps(a_result(WORKSPACE, {"long": long, "short": "z"}, *mappings, contact_id=contact))
    assert lines["notes"].cut == ["before"]
    assert lines["copy"].cut == ["after"]
    assert len(lines["copy"].after) == len(lines["notes"].before) == SHOWN_CHARACTERS + 1


async def test_a_large_value_that_is_not_looked_at_counts_as_another(mapper: Mapper) -> None:
    large = CustomValue(True, CustomFieldType.JSON, EARLIER, large=True)
    contact = mapper.has(custom={"all": large})
    lines = await mapper.maps(a_result(WORKSPACE, {"a": True}, custom("a", "all"), contact_id=contact))
    assert told(lines)["all"] == (MappingOutcome.WRITTEN, None, None, True)
    assert lines["all"].cut == ["before"]


async def test_what_is_true_is_not_the_number_one(mapper: Mapper) -> None:
    contact = mapper.has(custom={"flag": CustomValue(1, CustomFieldType.JSON, EARLIER)})
    lines = await mapper.maps(a_result(WORKSPACE, {"a": True}, custom("a", "flag"), contact_id=contact))
    assert lines["flag"].outcome is MappingOutcome.WRITTEN
