"""What mappings would do: told by the stages that do it, and nothing is written."""

import asyncio
import copy
import threading
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors_shared.contract.contact import FieldMapping, MappingOptions, TargetType
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.updates import ContactUpdated, MappingOutcome, MappingReason
from field_mapper.coercion import CustomFieldType, UserFieldCoercion
from field_mapper.inbound.http.turns import Turns
from field_mapper.model import Contact, ContactRef, CustomValue
from field_mapper.stages import SetAsideError, apply, propose
from field_mapper.stages.preview import Foreseen, Preview, preview
from field_mapper.stages.results import Result

from .builders import CREATE, NOON, a_result, custom, user
from .twin import InMemorySession

WORKSPACE, JANE, JOE = UUID(int=1), UUID(int=2), UUID(int=3)
NOW = NOON + timedelta(hours=1)
EARLIER = {"at": (NOON - timedelta(days=1)).isoformat(), "by": "ann"}
LATER = {"at": (NOW + timedelta(days=1)).isoformat(), "execution": str(UUID(int=9))}
FILL = MappingOptions(overwrite_existing=False)
COERCE = UserFieldCoercion("US")


def a_session() -> InMemorySession:
    """Jane has a city, a newer company, and a score; Joe has an address of his own."""
    jane = Contact(
        JANE,
        WORKSPACE,
        user={"first_name": "Jane", "city": "Rome", "company": "Acme", "email": "jane@example.com", "tags": ["a"]},
        origins={"city": EARLIER, "company": LATER},
        custom={"score": CustomValue(7, CustomFieldType.NUMBER, EARLIER)},
    )
    joe = Contact(JOE, WORKSPACE, "crm-2", user={"email": "joe@example.com", "phone": "+16266958105"})
    types = {(WORKSPACE, "score"): CustomFieldType.NUMBER}
    return InMemorySession({ContactRef(WORKSPACE, one.id): one for one in (jane, joe)}, types)


def foreseen(result: ConnectorResult, session: InMemorySession | None = None) -> Preview:
    return asyncio.run(preview(nullcontext(session or a_session()), result, COERCE, NOW))


def of_jane(data: Any, *mappings: FieldMapping, options: MappingOptions | None = None) -> Preview:
    return foreseen(a_result(WORKSPACE, data, *mappings, contact_id=JANE, options=options))


def told(line: Foreseen) -> tuple[str, Any, Any]:
    return line.line.outcome.value, line.line.before, line.line.after


def test_each_field_says_what_it_holds_and_would_hold() -> None:
    made = of_jane(
        {"city": "Paris", "score": 7, "company": "Umbrella", "state": "CA", "email": "no address"},
        user("city", "city"),
        custom("score", "score"),
        user("company", "company"),
        user("state", "state"),
        user("email", "email"),
    )
    assert [told(line) for line in made.lines] == [
        ("written", "Rome", "Paris"),
        ("unchanged", 7, 7),
        ("skipped", "Acme", None),
        ("written", None, "CA"),
        ("refused", "jane@example.com", None),
    ]
    assert [line.origin for line in made.lines] == [EARLIER, EARLIER, LATER, None, None]
    assert made.lines[2].line.reason is MappingReason.OLDER
    assert made.contact is not None
    assert (made.contact.id, made.created, made.reason, made.set_aside) == (JANE, False, None, False)


async def test_mappings_that_take_long_hold_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()

    def slow(*arguments: Any) -> Any:
        assert asked.wait(30), "the loop waits for it"
        return propose(*arguments)

    monkeypatch.setattr("field_mapper.stages.preview.propose", slow)
    result = a_result(WORKSPACE, {"city": "Paris"}, user("city", "city"), contact_id=JANE)
    looking = asyncio.create_task(preview(nullcontext(a_session()), result, COERCE, NOW))
    await asyncio.sleep(0)
    asked.set()
    assert told((await looking).lines[0]) == ("written", "Rome", "Paris")


async def test_a_workspace_has_one_turn_at_a_time_and_few_have_theirs_at_once() -> None:
    turns, under_way, go_on = Turns(), [], asyncio.Event()

    async def take(workspace: int) -> None:
        async with turns.of(UUID(int=workspace)):
            under_way.append(workspace)
            await go_on.wait()

    tasks = [asyncio.create_task(take(workspace)) for workspace in (1, 1, 2, 3)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert under_way == [1, 2]
    go_on.set()
    await asyncio.gather(*tasks)
    assert sorted(under_way) == [1, 1, 2, 3]


def test_what_is_there_stays_where_only_empty_fields_are_filled() -> None:
    made = of_jane({"city": "Paris", "state": "CA"}, user("city", "city"), user("state", "state"), options=FILL)
    assert [told(line) for line in made.lines] == [("skipped", "Rome", None), ("written", None, "CA")]


def test_a_contact_is_found_by_what_the_response_has() -> None:
    data = {"mail": "joe@example.com", "n": "Joe"}
    made = foreseen(a_result(WORKSPACE, data, user("mail", "email"), user("n", "first_name")))
    assert made.contact is not None
    assert (made.contact.id, made.created) == (JOE, False)


@pytest.mark.parametrize(("options", "created"), [(CREATE, True), (MappingOptions(), False)])
def test_a_new_contact_is_made_where_the_options_say_so(options: MappingOptions, created: bool) -> None:
    session = a_session()
    before = copy.deepcopy(session.contacts)
    made = foreseen(a_result(WORKSPACE, {"n": "Max"}, user("n", "first_name"), options=options), session)
    assert (made.contact, made.created) == (None, created)
    assert (made.reason is None) is created
    assert session.contacts == before


def test_two_names_of_another_system_are_two_contacts_though_they_share_a_phone() -> None:
    made = foreseen(a_result(WORKSPACE, {"p": "6266958105"}, user("p", "phone"), contact_id="crm-1", options=CREATE))
    assert (made.contact, made.created) == (None, True)


def test_a_rule_that_sets_all_aside_is_said() -> None:
    strict = user("mail", "email").model_copy(update={"on_error": "deadLetter"})
    made = of_jane({"mail": "nothing", "city": "Paris"}, strict, user("city", "city"))
    assert made.set_aside
    assert made.reason is not None
    assert {line.line.outcome for line in made.lines} == {MappingOutcome.REFUSED}


def test_what_a_name_says_to_be_secret_is_masked() -> None:
    secret = {(WORKSPACE, "api_key"): CustomFieldType.TEXT}
    session = a_session()
    session.types |= secret
    jane = session.contacts[ContactRef(WORKSPACE, JANE)]
    jane.custom["api_key"] = CustomValue("s3cret", CustomFieldType.TEXT, EARLIER)
    mapping = custom("k", "api_key")
    skipped = foreseen(a_result(WORKSPACE, {"k": "new"}, mapping, contact_id=JANE, options=FILL), session)
    written = foreseen(a_result(WORKSPACE, {"k": "new"}, mapping, contact_id=JANE), session)
    assert "s3cret" not in repr([told(line) for line in (*skipped.lines, *written.lines)])


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 10**18),
    st.sampled_from(["", " ", "Jane", "jane@example.com", "joe@example.com", "6266958105", "2025-01-31", "a, b"]),
    st.lists(st.sampled_from(["a", "b", 1, None]), max_size=3),
)
targets = st.sampled_from(
    [
        *(
            (name, TargetType.USER_FIELD)
            for name in ("first_name", "email", "phone", "company", "city", "tags", "nick")
        ),
        *((name, TargetType.CUSTOM_FIELD) for name in ("score", "fresh", "born")),
    ]
)


@st.composite
def mappings(draw: st.DrawFn) -> FieldMapping:
    name, kind = draw(targets)
    return FieldMapping(
        source_path=draw(st.sampled_from(["a", "b", "c[0]", "$.d[*]", "$..[", "missing"])),
        target_field=name,
        target_type=kind,
        default=draw(st.sampled_from([None, "x", 3])),
        several=draw(st.sampled_from(["auto", "first", "list", "join", "fail"])),
        on_error=draw(st.sampled_from(["skip", "skip", "skip", "fail", "deadLetter"])),
        clear=draw(st.sampled_from(["never", "never", "null", "nullOrAbsent"])),
        tags=draw(st.sampled_from(["replace", "replace", "add"])),
    )


options = st.builds(
    MappingOptions,
    create_if_not_exists=st.booleans(),
    update_existing=st.sampled_from([True, True, False]),
    overwrite_existing=st.booleans(),
    match_by=st.sampled_from([["external_id", "email", "phone"], ["phone"], []]),
)
names = st.sampled_from([None, str(JANE), str(JOE), str(UUID(int=44)), "crm-1", "crm-2"])


@settings(max_examples=250, deadline=None)
@given(
    st.fixed_dictionaries({"a": values, "b": values, "c": values, "d": st.lists(values, max_size=3)}),
    st.lists(mappings(), min_size=1, max_size=6),
    options,
    names,
)
def test_the_preview_says_what_the_mapper_then_does(
    data: Any, wanted: list[FieldMapping], how: MappingOptions, name: str | None
) -> None:
    result = a_result(WORKSPACE, data, *wanted, contact_id=name, options=how, minutes=60)
    made = foreseen(result)
    session = a_session()
    try:
        proposal = propose(Result.of(result), COERCE, NOW)
    except SetAsideError:
        assert made.set_aside
        return
    assert proposal is not None
    keys = proposal.all_keys()
    [done] = asyncio.run(apply(session, [proposal], NOW, keys)).values()
    assert made.set_aside is (done.why_dead is not None)
    if done.why_dead is not None:
        return
    assert done.body is not None
    update = ContactUpdated.model_validate_json(done.body)
    assert (made.created, made.reason) == (update.created, update.reason)
    assert (made.contact.id if made.contact else None) == (None if made.created else done.contact_id)
    for line, real in zip(made.lines, update.mappings, strict=True):
        assert (line.line.outcome, line.line.reason, line.line.detail) == (real.outcome, real.reason, real.detail)
        assert line.line.after == real.after
        if real.outcome in (MappingOutcome.WRITTEN, MappingOutcome.UNCHANGED):
            assert line.line.before == real.before
