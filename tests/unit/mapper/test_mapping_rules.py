"""What mappings say beside path and target: several values, errors, emptying, tags, and what contacts are found by."""

from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest

from connectors_shared.contract.contact import FieldMapping, MappingOptions, TargetType
from connectors_shared.contract.dead import DeadLetter
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.updates import ContactUpdated, MappingOutcome
from field_mapper.batch import BatchProcessor
from field_mapper.coercion import CustomFieldType, FieldDefinition, UserFieldCoercion
from field_mapper.model import Contact, CustomValue
from field_mapper.stages import merge, propose
from field_mapper.stages.book import AMBIGUOUS
from field_mapper.stages.results import Result

from .builders import CREATE, NOON, a_result
from .twin import FakeRecord, InMemoryContacts, InMemoryPublisher

WORKSPACE = uuid4()
OLD = {"at": "2025-01-01T00:00:00+00:00"}


def mapping(path: str, target: str, *, custom: bool = False, **rest: Any) -> FieldMapping:
    kind = TargetType.CUSTOM_FIELD if custom else TargetType.USER_FIELD
    return FieldMapping(source_path=path, target_field=target, target_type=kind, **rest)


def a_contact(contacts: InMemoryContacts, external_id: str | None = None, **user: Any) -> Contact:
    contact = Contact(uuid4(), WORKSPACE, external_id, user=user, origins=dict.fromkeys(user, OLD))
    contacts.committed.contacts[contact.ref] = contact
    return contact


async def mapped(
    processor: BatchProcessor, publisher: InMemoryPublisher, *results: ConnectorResult
) -> list[ContactUpdated]:
    done = len(publisher.sent)
    assert await processor.process([FakeRecord(result.to_json(), offset) for offset, result in enumerate(results)])
    sent = [message for message in publisher.sent[done:] if message.topic == "contact.updated"]
    return [ContactUpdated.model_validate_json(message.value or b"") for message in sent]


async def one(processor: BatchProcessor, publisher: InMemoryPublisher, result: ConnectorResult) -> ContactUpdated:
    [update] = await mapped(processor, publisher, result)
    return update


ROWS = {"rows": [{"n": None}, {"n": "a"}, {"n": " "}, {"n": "b"}], "list": ["x", "y"], "none": [], "one": "z"}


@pytest.mark.parametrize(
    ("path", "several", "value"),
    [
        ("$.rows[*].n", "first", "a"),
        ("$.rows[*].n", "last", "b"),
        ("$.rows[*].n", "list", [None, "a", " ", "b"]),
        ("$.rows[*].n", "join", "a; b"),
        ("$.rows[*].n", "count", 2),
        ("$.rows[1].n", "list", ["a"]),
        ("$.rows[?@.n=='a'].n", "fail", "a"),
        ("$.rows[?@.n=='a'].n", "auto", "a"),
        ("$.rows[?@.n=='a'].n", "list", ["a"]),
        ("$.gone[*]", "count", 0),
        ("list", "first", "x"),
        ("$.list", "last", "y"),
        ("list", "list", ["x", "y"]),
        ("list", "auto", ["x", "y"]),
        ("list", "join", "x; y"),
        ("list", "count", 2),
        ("none", "count", 0),
        ("gone", "count", 0),
        ("one", "list", ["z"]),
        ("one", "first", "z"),
        ("one", "fail", "z"),
        ("one", "count", 1),
    ],
)
def test_what_becomes_of_several_values(path: str, several: str, value: Any) -> None:
    proposal = proposed(mapping(path, "f", custom=True, several=several, separator="; "), data=ROWS)
    assert proposal.custom == {"f": value}
    assert type(proposal.custom["f"]) is type(value)


@pytest.mark.parametrize("several", ["first", "last", "list", "join", "fail", "auto"])
@pytest.mark.parametrize("path", ["$.gone[*]", "gone"])
def test_where_none_is_found_there_is_the_default(path: str, several: str) -> None:
    assert proposed(mapping(path, "f", custom=True, several=several), data=ROWS).custom == {}
    assert proposed(mapping(path, "f", custom=True, several=several, default=1), data=ROWS).custom == {"f": 1}


@pytest.mark.parametrize(
    ("path", "several", "why"),
    [
        ("list", "fail", "the path finds 2 values, and only one may be there"),
        ("$.rows[*].n", "fail", "the path finds 2 values, and only one may be there"),
        ("$.rows[*]", "join", "an object does not fit a text field"),
        ("list", "some", "several must be one of auto, first, last, list, join, count, fail"),
    ],
)
def test_several_values_that_are_too_many_or_no_text_are_refused_by_name(path: str, several: str, why: str) -> None:
    proposal = proposed(mapping(path, "notes", several=several), data=ROWS)
    assert [mapped.verdict.detail for mapped in proposal.mapped] == [why]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"on_error": "sometimes"}, "onError must be one of skip, fail, deadLetter"),
        ({"clear": "always"}, "clear must be one of never, null, nullOrAbsent"),
        ({"tags": "add"}, "tags says something of tags only; leave it out"),
        ({"reading": {"region": "XX"}}, "reading/region is no region with phone numbers, such as US"),
        ({"reading": {"locale": "tlh"}}, "reading/locale is no locale that is known, such as de or en-GB"),
        ({"reading": {"format": "YYYY-QQ"}}, "reading/format has 'QQ', which stands for nothing"),
    ],
)
def test_a_word_that_nobody_knows_is_refused_by_name(rule: dict[str, Any], why: str) -> None:
    [mapped] = proposed(mapping("one", "notes", **rule), data=ROWS).mapped
    assert mapped.verdict.detail.startswith(why)


def proposed(*mappings: FieldMapping, data: Any, options: MappingOptions | None = None) -> Any:
    result = a_result(WORKSPACE, data, *mappings, options=options)
    proposal = propose(Result.of(result), UserFieldCoercion("US"), NOON)
    assert proposal is not None
    return proposal


@pytest.mark.parametrize("there", [None, "", "Rome"], ids=["no contact", "empty", "a value"])
@pytest.mark.parametrize("options", list(product([True, False], repeat=3)), ids=str)
async def test_the_three_options(
    options: tuple[bool, bool, bool],
    there: str | None,
    processor: BatchProcessor,
    contacts: InMemoryContacts,
    publisher: InMemoryPublisher,
) -> None:
    """All eight of them, on no contact, on one whose field is empty, and on one that has a value."""
    create, change, overwrite = options
    if there is not None:
        a_contact(contacts, email="ann@example.com", city=there)
    asked = MappingOptions(create_if_not_exists=create, update_existing=change, overwrite_existing=overwrite)
    data = {"e": "ann@example.com", "c": "Oslo"}
    update = await one(
        processor,
        publisher,
        a_result(WORKSPACE, data, mapping("e", "email"), mapping("c", "city"), options=asked, minutes=1),
    )
    cities = [contact.user.get("city") for contact in contacts.committed.contacts.values()]
    if there is None:
        assert (update.created, cities) == (create, ["Oslo"] if create else [])
    elif not change:
        assert (update.user_fields, cities) == ({}, [there])
    elif overwrite or not there:
        assert (update.user_fields.get("city"), cities) == ("Oslo", ["Oslo"])
    else:
        assert ("city" in update.user_fields, cities) == (False, ["Rome"])
        assert "city" in {refused.target_field for refused in update.not_written}


@pytest.mark.parametrize("custom", [False, True])
@pytest.mark.parametrize(
    ("clear", "data", "emptied"),
    [
        ("never", {"v": None}, False),
        ("never", {}, False),
        ("null", {"v": None}, True),
        ("null", {"v": "  "}, True),
        ("null", {}, False),
        ("nullOrAbsent", {"v": None}, True),
        ("nullOrAbsent", {}, True),
    ],
)
def test_null_and_absent_empty_a_field_only_when_asked(
    clear: str, data: dict[str, Any], emptied: bool, custom: bool
) -> None:
    stored = CustomValue("Rome", CustomFieldType.TEXT, OLD)
    contact = Contact(uuid4(), WORKSPACE, user={"city": "Rome"}, origins={"city": OLD}, custom={"city": stored})
    proposal = proposed(mapping("v", "city", custom=custom, clear=clear), data=data)
    written = merge(proposal, contact, {"city": FieldDefinition(CustomFieldType.TEXT)})
    assert (written.custom if custom else written.user) == ({"city": None} if emptied else {})
    value = contact.custom["city"].value if custom else contact.user["city"]
    assert value == (None if emptied else "Rome")


def test_a_default_goes_before_emptying_and_what_is_empty_is_not_emptied() -> None:
    contact = Contact(uuid4(), WORKSPACE)
    both = mapping("v", "city", clear="null", default="Oslo"), mapping("v", "state", clear="null")
    assert merge(proposed(*both, data={"v": None}), contact, {}).user == {"city": "Oslo"}
    new = proposed(mapping("v", "new", custom=True, clear="null"), data={"v": None})
    assert merge(new, contact, {}).custom == {}
    assert new.verdicts[TargetType.CUSTOM_FIELD, "new"].outcome is MappingOutcome.UNCHANGED


async def test_emptying_alone_makes_no_contact_and_no_field(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    asked = mapping("v", "city", clear="null"), mapping("v", "income", custom=True, clear="null")
    await one(processor, publisher, a_result(WORKSPACE, {"v": None}, *asked, contact_id="crm-1", options=CREATE))
    assert (contacts.committed.contacts, contacts.committed.types) == ({}, {})


BAD_EMAIL = {"e": "nobody", "c": "Oslo", "n": "plenty"}


async def test_a_mapping_that_fails_writes_nothing_of_its_result(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    contact = a_contact(contacts, city="Rome")
    asked = mapping("c", "city"), mapping("e", "email", on_error="fail")
    update = await one(processor, publisher, a_result(WORKSPACE, BAD_EMAIL, *asked, contact_id=contact.id))
    assert (update.user_fields, contacts.committed.contacts[contact.ref].user) == ({}, {"city": "Rome"})
    assert update.contact_id == str(contact.id)
    assert (update.reason or "").startswith("email: not an email address")


async def test_a_custom_value_that_does_not_fit_its_field_fails_the_whole_result_too(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    contact = a_contact(contacts, city="Rome")
    contacts.committed.types[WORKSPACE, "income"] = CustomFieldType.NUMBER
    asked = mapping("c", "city"), mapping("n", "income", custom=True, on_error="fail"), mapping("c", "c", custom=True)
    update = await one(processor, publisher, a_result(WORKSPACE, BAD_EMAIL, *asked, contact_id=contact.id))
    assert (update.user_fields, update.custom_fields) == ({}, {})
    assert update.reason == "income: the text is not a number"
    assert contacts.committed.contacts[contact.ref].user == {"city": "Rome"}
    assert (WORKSPACE, "c") not in contacts.committed.types


@pytest.mark.parametrize("late", [False, True], ids=["as it is proposed", "as it is merged"])
async def test_a_mapping_sets_its_result_aside_and_a_replay_of_it_is_applied(
    late: bool, processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    contacts.committed.types[WORKSPACE, "income"] = CustomFieldType.NUMBER
    bad = (
        mapping("n", "income", custom=True, on_error="deadLetter")
        if late
        else mapping("e", "email", on_error="deadLetter")
    )
    poor = a_result(WORKSPACE, BAD_EMAIL, mapping("c", "city"), bad, contact_id="crm-1", options=CREATE)
    good = a_result(WORKSPACE, BAD_EMAIL, mapping("c", "city"), contact_id="crm-2", options=CREATE)
    updates = await mapped(processor, publisher, poor, good)
    assert [update.execution_id for update in updates] == [good.execution_id]
    [dead] = publisher.on("connector.result.dead")
    letter = DeadLetter.from_headers(list(dead.headers))
    assert (letter.reason, dead.value) == (DeadReason.MAPPING_REFUSED, poor.to_json())
    assert "nobody" not in letter.detail
    assert letter.detail.startswith("income: " if late else "email: ")
    if late:
        contacts.committed.types[WORKSPACE, "income"] = CustomFieldType.TEXT
        assert (await one(processor, publisher, poor)).custom_fields == {"income": "plenty"}
        assert await mapped(processor, publisher, poor, poor) == []


@pytest.mark.parametrize("custom", [False, True])
async def test_tags_are_added_to_those_that_are_there(
    custom: bool, processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    contact = a_contact(contacts, city="Rome")
    asked = [mapping(path, "tags", custom=custom, tags="add") for path in ("a", "b")]
    fill = MappingOptions(overwrite_existing=False)
    for data, minutes in (({"a": "x, y", "b": ["z"]}, 2), ({"a": ["y"], "b": "w"}, 1)):
        result = a_result(WORKSPACE, data, *asked, contact_id=contact.id, minutes=minutes, options=fill)
        update = await one(processor, publisher, result)
        assert update.not_written == []
    stored = contacts.committed.contacts[contact.ref]
    assert (stored.custom["tags"].value if custom else stored.user["tags"]) == ["x", "y", "z", "w"]


async def test_tags_are_not_added_by_an_older_result_to_those_that_were_replaced_since(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    contact = a_contact(contacts, city="Rome")
    replace, add = mapping("t", "tags"), mapping("t", "tags", tags="add")
    for tags, how, minutes in (("a", add, 1), ("b", replace, 3), ("c", add, 5), ("d", add, 4), ("e", add, 2)):
        await mapped(
            processor,
            publisher,
            a_result(WORKSPACE, {"t": tags}, how, contact_id=contact.id, minutes=minutes),
        )
    assert contacts.committed.contacts[contact.ref].user["tags"] == ["b", "c", "d"]


def test_more_tags_than_a_field_has_are_refused() -> None:
    contact = Contact(uuid4(), WORKSPACE, user={"tags": [f"t{n}" for n in range(499)]}, origins={"tags": OLD})
    proposal = proposed(mapping("t", "tags", tags="add"), mapping("c", "city"), data={"t": ["t1", "x", "y"], "c": "a"})
    assert merge(proposal, contact, {}).user == {"city": "a"}
    assert proposal.verdicts[TargetType.USER_FIELD, "tags"].detail == "more than 500 tags"


ANN, BOB = "ann@example.com", "bob@example.com"
PHONE, OTHER = "+16266958105", "+16266958106"
BOTH = mapping("e", "email"), mapping("p", "phone"), mapping("n", "first_name")


@pytest.mark.parametrize(
    ("order", "named", "found"),
    [
        (["external_id", "email", "phone"], "crm-1", "by name"),
        (["external_id", "email", "phone"], None, "by email"),
        (["email", "phone"], None, "by email"),
        (["email", "phone"], "crm-1", "by email"),
        (["phone", "email"], None, "by phone"),
        (["external_id", "phone"], "crm-9", "by phone"),
        (["phone"], None, "by phone"),
        (["external_id"], "crm-1", "by name"),
        (["external_id"], "crm-9", None),
        ([], "crm-1", None),
    ],
)
async def test_the_first_key_that_leads_to_a_contact_decides(
    order: list[str],
    named: str | None,
    found: str | None,
    processor: BatchProcessor,
    contacts: InMemoryContacts,
    publisher: InMemoryPublisher,
) -> None:
    made: dict[UUID, str] = {
        a_contact(contacts, "crm-1", city="Rome").id: "by name",
        a_contact(contacts, email=ANN).id: "by email",
        a_contact(contacts, phone=PHONE).id: "by phone",
    }
    data = {"e": ANN, "p": PHONE, "n": "x"}
    result = a_result(
        WORKSPACE, data, BOTH[2], *BOTH[:2], contact_id=named, options=MappingOptions(match_by=order), minutes=1
    )
    update = await one(processor, publisher, result)
    assert (made[UUID(update.contact_id)] if update.contact_id else None) == found


@pytest.mark.parametrize("order", [["email", "external_id"], ["name"], ["email", "email"]])
async def test_an_order_that_makes_no_sense_is_refused(
    order: list[str], processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    options = MappingOptions(match_by=order, create_if_not_exists=True)
    update = await one(processor, publisher, a_result(WORKSPACE, {"e": ANN}, BOTH[0], options=options))
    assert "matchBy" in (update.reason or "")
    assert not contacts.committed.contacts


@pytest.mark.parametrize(("key", "data"), [("email", {"e": ANN}), ("phone", {"p": PHONE})])
async def test_a_key_of_several_contacts_is_refused_by_its_name(
    key: str,
    data: dict[str, str],
    processor: BatchProcessor,
    contacts: InMemoryContacts,
    publisher: InMemoryPublisher,
) -> None:
    for name in ("Ann", "Anna"):
        a_contact(contacts, first_name=name, email=ANN, phone=PHONE)
    update = await one(processor, publisher, a_result(WORKSPACE, data | {"n": "x"}, *BOTH, options=CREATE))
    assert (update.contact_id, update.reason) == (None, AMBIGUOUS[key])
    assert {contact.user["first_name"] for contact in contacts.committed.contacts.values()} == {"Ann", "Anna"}


async def test_a_surer_key_of_one_contact_goes_before_one_of_several(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    ann, bob = a_contact(contacts, email=ANN, phone=PHONE), a_contact(contacts, email=BOB, phone=PHONE)
    update = await one(processor, publisher, a_result(WORKSPACE, {"e": BOB, "p": PHONE, "n": "x"}, *BOTH))
    assert update.contact_id == str(bob.id)
    update = await one(processor, publisher, a_result(WORKSPACE, {"n": "x"}, BOTH[2], contact_id=ann.id))
    assert update.contact_id == str(ann.id)


async def test_two_that_become_alike_within_one_batch_are_several_too(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    ann, bob = a_contact(contacts, email=ANN), a_contact(contacts, email=BOB)
    updates = await mapped(
        processor,
        publisher,
        a_result(WORKSPACE, {"p": PHONE}, BOTH[1], contact_id=ann.id),
        a_result(WORKSPACE, {"p": PHONE}, BOTH[1], contact_id=bob.id),
        a_result(WORKSPACE, {"p": PHONE, "n": "x"}, *BOTH),
        a_result(WORKSPACE, {"p": OTHER}, BOTH[1], contact_id=bob.id, minutes=1),
        a_result(WORKSPACE, {"p": PHONE, "n": "y"}, *BOTH, minutes=2),
    )
    assert [update.contact_id for update in updates[2:]] == [None, str(bob.id), str(ann.id)]
