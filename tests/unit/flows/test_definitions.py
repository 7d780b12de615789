"""A flow is judged when it is saved: everything that is wrong at once, with a pointer to each."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors_local.flows.definition.drafts import parse_draft
from connectors_local.flows.definition.program import Decide, Do, Jump, compile_steps, program_of
from connectors_local.flows.definition.steps import MOST_STEPS
from connectors_shared.contract.actions import BUILT_IN_ACTIONS
from connectors_shared.http.problems import InvalidRequestError
from tests.unit.flows.builders import calling


def wrong(*steps: Any, **fields: Any) -> dict[str, str]:
    with pytest.raises(InvalidRequestError) as raised:
        parse_draft({"name": "A flow", "steps": list(steps), **fields})
    return {problem.pointer: problem.detail for problem in raised.value.problem.errors}


def deciding(step_id: str = "check", **fields: Any) -> dict[str, Any]:
    return {"id": step_id, "action": "if", "condition": {"value": "{{contact.city}}", "than": "Rome"}, **fields}


def test_a_flow_with_every_kind_of_step_is_taken() -> None:
    update = {"id": "mark", "action": "update_contact", "customFields": {"city": "{{enrichedData.city}}"}}
    steps = [
        calling(inputs={"phone": "{{contact.phone}}"}, storeAs="enrichedData"),
        deciding(then=[update], **{"else": [{"id": "pause", "action": "wait", "seconds": 5}]}),
    ]
    draft = parse_draft({"name": "All", "steps": steps})
    assert parse_draft(draft.model_dump(mode="json", by_alias=True)) == draft
    kinds = {"connector"} | {action.id for action in BUILT_IN_ACTIONS}
    assert kinds == {"connector", "update_contact", "wait", "if"}


@pytest.mark.parametrize(
    ("steps", "pointer"),
    [
        ([], "/steps"),
        ([{"id": "a", "action": "fly"}], "/steps/0"),
        ([{"id": "a", "action": "connector"}], "/steps/0/connectorId"),
        ([calling("1 a")], "/steps/0/id"),
        ([calling(conectorVersion=1)], "/steps/0/conectorVersion"),
        ([calling(), calling()], "/steps/1/id"),
        ([calling(), deciding(then=[calling()])], "/steps/1/then/0/id"),
        ([calling(inputs={"a/b": "{{unknown.x}}"})], "/steps/0/inputs/a~1b"),
        ([calling(inputs={"a": {"b": ["{{contact."]}})], None),
        ([calling(inputs={"a": {"b": ["{{con tact.x}}"]}})], "/steps/0/inputs/a"),
        ([calling(inputs={"x": "{{own.y}}"}, storeAs="own")], "/steps/0/inputs/x"),
        ([calling(storeAs="contact")], "/steps/0/storeAs"),
        ([calling(timeoutSeconds=0)], "/steps/0/timeoutSeconds"),
        ([{"id": "a", "action": "wait"}], "/steps/0"),
        ([{"id": "a", "action": "wait", "seconds": 1, "until": "2026-01-01T00:00:00Z"}], "/steps/0"),
        ([{"id": "a", "action": "wait", "until": "2026-01-01T00:00:00"}], "/steps/0/until"),
        ([{"id": "a", "action": "wait", "until": "9999-12-31T23:59:59-12:00"}], "/steps/0/until"),
        ([{"id": "a", "action": "wait", "until": "0001-01-01T00:00:00+14:00"}], "/steps/0/until"),
        ([{"id": "a", "action": "wait", "seconds": -1}], "/steps/0/seconds"),
        ([{"id": "a", "action": "update_contact"}], "/steps/0"),
        ([{"id": "a", "action": "update_contact", "userFields": {"shoe": 1}}], "/steps/0/userFields/shoe"),
        ([deciding(condition={"value": 1, "operator": "is"})], "/steps/0/condition/operator"),
        ([deciding(condition={"all": []})], "/steps/0/condition/all"),
        ([deciding(condition={"any": [{"value": "{{nobody.x}}"}]})], "/steps/0/condition/any/0/value"),
        ([deciding(condition={"not": {"value": 1, "than": "{{nobody.x}}"}})], "/steps/0/condition/not/than"),
        ([deciding(condition="always")], "/steps/0/condition"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(steps: list[Any], pointer: str | None) -> None:
    if pointer is None:
        parse_draft({"name": "A flow", "steps": steps})  # a placeholder that is never closed is text
        return
    assert list(wrong(*steps)) == [pointer]


@pytest.mark.parametrize(
    ("inputs", "says"), [({"x": "y" * 300_000}, "bytes as JSON"), ({"x": "{{input.x}}" * 2_001}, "placeholders")]
)
def test_a_flow_that_would_be_costly_at_each_step_is_refused_before_it_is_read(
    inputs: dict[str, Any], says: str
) -> None:
    [detail] = wrong(calling(inputs=inputs)).values()
    assert says in detail


def test_what_a_step_stores_is_known_after_it_and_not_before() -> None:
    uses = calling("b", inputs={"x": "{{found.y}}"})
    assert "known here: contact, input" in wrong(uses, calling("a", storeAs="found"))["/steps/0/inputs/x"]
    parse_draft({"name": "A flow", "steps": [calling("a", storeAs="found"), uses]})


def test_a_placeholder_that_cannot_be_read_is_shown_as_it_was_written() -> None:
    told = wrong(calling(inputs={"a": "{{contact phone}}"}))["/steps/0/inputs/a"]
    assert "contact phone" in told
    assert "input.contact" not in told


def test_branches_are_bounded_in_depth_and_steps_in_number() -> None:
    nested: dict[str, Any] = calling("leaf")
    for depth in range(6):
        nested = deciding(f"if{depth}", then=[nested])
    assert "within 5 others" in wrong(nested)["/steps/0/then/0/then/0/then/0/then/0/then/0"]
    branch = [calling(f"s{number}") for number in range(60)]
    many = deciding(then=branch, **{"else": [calling(f"t{number}") for number in range(60)]})
    assert str(MOST_STEPS) in wrong(many)["/steps"]


def test_values_are_bounded_in_depth_and_conditions_in_number() -> None:
    deep: Any = "x"
    for _ in range(30):
        deep = [deep]
    assert "deeper" in wrong(calling(inputs={"a": deep}))["/steps/0/inputs/a"]
    wide = {"all": [{"any": [{"value": 1}] * 20}] * 3}
    assert "60 comparisons" in wrong(deciding(condition=wide))["/steps/0/condition"]


def within(levels: int, inner: Any, outer: Callable[[Any], Any]) -> Any:
    for _ in range(levels):
        inner = outer(inner)
    return inner


EQUAL: Any = {"value": "{{contact.city}}", "than": "Rome"}
AS_DEEP_AS_MAY_BE = [
    pytest.param(deciding(condition=within(10, EQUAL, lambda each: {"all": [each]})), id="conditions"),
    pytest.param(deciding(condition=within(20, EQUAL, lambda each: {"not": each})), id="most conditions"),
    pytest.param(
        deciding(condition={"all": [{"value": within(20, "{{contact.x}}", lambda each: [each])}]}), id="value"
    ),
    pytest.param(calling(inputs={"a": within(20, "{{contact.x}}", lambda each: {"b": each})}), id="input"),
    pytest.param(
        {
            "id": "a",
            "action": "update_contact",
            "customFields": {"a": within(20, "{{contact.x}}", lambda each: [each])},
        },
        id="custom field",
    ),
]


@pytest.mark.parametrize("step", AS_DEEP_AS_MAY_BE)
def test_what_is_saved_compiles_however_deep_it_is(step: dict[str, Any]) -> None:
    draft = parse_draft({"name": "A flow", "steps": [step]})
    [instruction] = program_of(draft.model_dump_json(by_alias=True, exclude_defaults=True).encode())
    assert isinstance(instruction, Do | Decide)
    assert instruction.uses_contact


def test_conditions_are_bounded_in_depth() -> None:
    deep = within(21, EQUAL, lambda each: {"not": each})
    assert "deeper than 20 levels" in wrong(deciding(condition=deep))["/steps/0/condition"]


def test_a_branch_becomes_jumps() -> None:
    inner = deciding("inner", then=[calling("b")], **{"else": [calling("c")]})
    draft = parse_draft({"name": "A", "steps": [calling("a"), deciding(then=[inner]), calling("d")]})
    program = compile_steps(draft.steps)
    told = [
        each.step.id if isinstance(each, Do) else each.otherwise if isinstance(each, Decide) else -each.at
        for each in program
    ]
    assert told == ["a", 6, 5, "b", -6, "c", "d"]
    assert isinstance(program[4], Jump)
    assert [each.uses_contact for each in program if not isinstance(each, Jump)] == [False, True, True, *[False] * 3]
