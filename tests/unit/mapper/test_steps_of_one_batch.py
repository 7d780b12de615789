"""Steps of one flow that are applied together come to the same as when each is applied by itself."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from connectors_shared.contract.contact import MappingOptions
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.updates import ContactUpdated
from field_mapper.coercion import CustomFieldType, UserFieldCoercion
from field_mapper.model import Proposal
from field_mapper.stages import apply, propose
from field_mapper.stages.apply import NOT_FOUND
from field_mapper.stages.merge import NO_ROOM
from field_mapper.stages.results import Result

from .builders import CREATE, a_result, custom, user
from .twin import InMemorySession

WORKSPACE = uuid4()
NOW = datetime(2026, 1, 2, tzinfo=UTC)
EMAIL, SCORE = user("e", "email"), custom("s", "score")
WHO = {"e": "ann@example.com"}


def proposed(result: ConnectorResult) -> Proposal:
    proposal = propose(Result.of(result), UserFieldCoercion("US"), NOW)
    assert proposal is not None
    return proposal


async def applied(session: InMemorySession, *results: ConnectorResult) -> list[ContactUpdated]:
    proposals = [proposed(result) for result in results]
    made = await apply(session, proposals, NOW)
    return [ContactUpdated.model_validate_json(made[proposal.key].body or b"") for proposal in proposals]


@pytest.mark.parametrize("types", [{}, {(WORKSPACE, "score"): CustomFieldType.NUMBER}])
async def test_a_step_that_only_updates_writes_its_custom_field_on_what_the_step_before_has_made(
    types: dict[tuple[object, str], CustomFieldType],
) -> None:
    session = InMemorySession(types=dict(types))  # type: ignore[arg-type]
    _, second = await applied(
        session,
        a_result(WORKSPACE, WHO, EMAIL, options=CREATE),
        a_result(WORKSPACE, WHO | {"s": 7}, EMAIL, SCORE, minutes=1),
    )
    assert (second.custom_fields, second.not_written) == ({"score": 7}, [])
    assert session.types == {(WORKSPACE, "score"): CustomFieldType.NUMBER}


async def test_a_step_that_finds_nobody_defines_no_field() -> None:
    session = InMemorySession()
    [update] = await applied(session, a_result(WORKSPACE, WHO | {"s": 7}, EMAIL, SCORE))
    assert (update.reason, session.types) == (NOT_FOUND.detail, {})


async def test_the_type_of_a_new_field_is_that_of_the_first_value_that_is_written() -> None:
    session = InMemorySession()
    only_new = MappingOptions(create_if_not_exists=True, update_existing=False)
    *_, last = await applied(
        session,
        a_result(WORKSPACE, WHO | {"s": True}, EMAIL, SCORE),
        a_result(WORKSPACE, WHO, EMAIL, options=CREATE, minutes=1),
        a_result(WORKSPACE, WHO | {"s": [1]}, EMAIL, SCORE, options=only_new, minutes=2),
        a_result(WORKSPACE, WHO | {"s": 7}, EMAIL, SCORE, minutes=3),
    )
    assert session.types == {(WORKSPACE, "score"): CustomFieldType.NUMBER}
    assert last.custom_fields == {"score": 7}


async def test_only_a_workspace_that_is_full_has_no_room() -> None:
    session = InMemorySession(room=0)
    _, second = await applied(
        session,
        a_result(WORKSPACE, WHO, EMAIL, options=CREATE),
        a_result(WORKSPACE, WHO | {"s": 7}, EMAIL, SCORE, minutes=1),
    )
    assert [value.detail for value in second.not_written] == [NO_ROOM]


PHONE, NAME = user("p", "phone"), user("n", "first_name")


async def test_a_step_that_names_a_new_contact_finds_whom_it_would_find_by_itself() -> None:
    """The step beside it has led to another one by a key that comes later."""
    session = InMemorySession()
    address, number = {"e": "ann@example.com"}, {"p": "+14155550123"}
    [ann] = await applied(session, a_result(WORKSPACE, address, EMAIL, options=CREATE))
    [bea] = await applied(session, a_result(WORKSPACE, number, PHONE, options=CREATE))
    beside = a_result(WORKSPACE, number | {"n": "Bea"}, PHONE, NAME, minutes=1)
    named = a_result(WORKSPACE, address | number, EMAIL, PHONE, contact_id=str(uuid4()), options=CREATE, minutes=2)
    first, second = await applied(session, beside, named)
    assert (first.contact_id, second.contact_id) == (bea.contact_id, ann.contact_id)
