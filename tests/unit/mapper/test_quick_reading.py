"""What is read quickly is what the contract's own reader reads of it."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors_shared.contract.execution import ConnectorResult
from field_mapper.ids import id_of, new_id
from field_mapper.stages import carried_of
from field_mapper.stages.results import Context, Result, quickly_read
from tests.unit.executor.hostile import MOMENTS

from .builders import CREATE, a_result, custom, user
from .test_hostile import DATA, FIELDS, MAPPINGS, a_document

CONTEXTS = st.dictionaries(
    st.sampled_from(["flowId", "flow_id", "contactId", "contact_id", "stepId", "variables", "own", "more"]),
    DATA | st.text(max_size=220),
    max_size=4,
)


NOT_LOOKED_AT = {
    *("error", "attempts", "parked", "executionTime", "variables", "onError", "logErrors", "lane", "labels", "inputs"),
    *("request", "cut", "requestedAt", "startedAt"),
}


def facts(result: Result) -> dict[str, Any]:
    told = {name: getattr(result, name) for name in Result.__struct_fields__ if name not in ("carried", "revision")}
    told["finished_at"] = result.finished_at.isoformat()
    told["context"] = {name: getattr(result.context, name) for name in Context.__struct_fields__}
    told["plan"] = [(planned.mapping, planned.way, planned.target, planned.wrong) for planned in result.plan]
    return told


@settings(deadline=None)
@given(
    fields=st.dictionaries(st.sampled_from(FIELDS), DATA, max_size=2),
    context=CONTEXTS,
    mappings=MAPPINGS,
)
@example(fields={"finishedAt": MOMENTS[0]}, context={}, mappings=[])
@example(fields={"connectorVersion": 10**400}, context={}, mappings=[])
@example(fields={"data": 12345678901234567890123}, context={"own": "x" * 20_000}, mappings=[])
@example(fields={}, context={str(number): number for number in range(60)}, mappings=[])
def test_it_is_the_same_or_nothing(fields: dict[str, Any], context: dict[str, Any], mappings: list[Any]) -> None:
    body = a_document(**{"context": context, "fieldMappings": mappings} | fields)
    quick = quickly_read(body)
    if quick is None:
        return
    whole, wrong = judged(body)
    assert wrong <= NOT_LOOKED_AT
    if whole is not None:
        assert repr(facts(quick)) == repr(facts(whole))
        assert (quick.carried, quick.revision) == carried_of(body)


def judged(body: bytes) -> tuple[Result | None, set[str]]:
    """By the contract: the result, or the fields that are wrong."""
    try:
        return Result.of(ConnectorResult.model_validate_json(body)), set()
    except ValidationError as error:
        return None, {str(problem["loc"][0]) for problem in error.errors()}


def test_what_is_usual_is_read_quickly() -> None:
    result = a_result(uuid4(), {"a": [1, {"b": 2.5}]}, user("a", "first_name"), custom("b", "score"), options=CREATE)
    quick = quickly_read(result.to_json())
    assert quick is not None
    assert facts(quick) == facts(Result.of(result))
    again = quickly_read(result.to_json())
    assert again is not None
    assert again.plan is quick.plan


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"executionId": 1}',
        a_document(executionId="{" + str(uuid4()) + "}"),
        a_document(context=None),
        a_document(context={"flow_id": "x"}),
        a_document(success="true"),
        a_document(schemaVersion=2),
        a_document(data=json.loads("[" * 180 + "]" * 180)),
        a_document().replace(b'"context":', b'"field_mappings":[],"context":'),
        a_document(context={"own": "?"}).replace(b'"?"', b'"\\ud800"'),
        a_document(context={"own": "?"}).replace(b'"?"', b'"\xff"'),
    ],
)
def test_what_is_not_as_usual_is_left_to_the_contract(body: bytes) -> None:
    assert quickly_read(body) is None


@given(st.text(max_size=40) | st.uuids().map(str) | st.uuids().map(lambda id_: str(id_).upper()))
@example("0198a000-0000-7000-8000-00000000000g")
@example("0198a00000007000-8000-0000-0000-00000001")
@example("٣" * 36)
def test_an_id_is_one_as_it_is_usually_written(text: str) -> None:
    try:
        usual = text if str(UUID(text)) == text else None
    except ValueError:
        usual = None
    found = id_of(text)
    assert (None if found is None else str(found)) == usual


def test_new_ids_are_random_ones() -> None:
    ids = [new_id() for _ in range(100)]
    assert len(set(ids)) == 100
    assert {(UUID(str(id_)).version, UUID(str(id_)).variant) for id_ in ids} == {(4, "specified in RFC 4122")}
