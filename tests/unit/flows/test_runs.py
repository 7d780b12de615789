"""Runs go from step to step, by what the topics and the contacts API tell."""

import json
from dataclasses import replace
from typing import Any

import pytest

from connectors_client import derived_execution_id
from connectors_local.flows.store.port import Told
from tests.unit.flows.builders import CONNECTOR, WORKSPACE, World, a_flow, calling, done, failed

MAPPING = {"sourcePath": "city", "targetField": "city"}


@pytest.fixture
def world() -> World:
    return World()


async def test_a_call_is_published_with_all_that_belongs_to_it(world: World) -> None:
    world.contacts.contacts["c1"] = {"phone": "+39 06"}
    step = calling(inputs={"phone": "{{contact.phone}}", "n": "{{input.n}}"}, storeAs="found", onError="continue")
    run_id = await world.start(a_flow(step), "c1", n=7)
    [sent] = world.sent
    assert sent.execution_id == derived_execution_id(run_id, "call")
    assert (sent.workspace_id, sent.connector_id) == (WORKSPACE, CONNECTOR)
    assert (sent.inputs, sent.store_as, sent.on_error) == ({"phone": "+39 06", "n": 7}, "found", "continue")
    told = sent.context
    assert (told.flow_run_id, told.step_id, told.contact_id) == (str(run_id), "call", "c1")
    assert sent.deadline is not None
    assert await world.state(run_id) == "running"


async def test_what_a_step_stores_is_used_by_later_ones(world: World) -> None:
    second = calling("second", inputs={"zip": "{{found.place.zip}}", "text": "of {{found.place.city}}"})
    run_id = await world.start(a_flow(calling(storeAs="found"), second))
    await world.hear(result=done({"place": {"zip": 184, "city": "Rome"}}))
    assert world.sent[-1].inputs == {"zip": 184, "text": "of Rome"}
    await world.hear(result=done())
    run, steps = await world.run(run_id)
    assert (run.state, run.variables) == ("succeeded", {"found": {"place": {"zip": 184, "city": "Rome"}}})
    assert [(step.step_id, step.state) for step in steps] == [("call", "succeeded"), ("second", "succeeded")]
    assert run.ended_at == world.clock.now()


@pytest.mark.parametrize("order", [("result", "update"), ("update", "result")])
async def test_a_step_with_mappings_waits_for_the_contact(world: World, order: tuple[str, str]) -> None:
    told = {"result": done(), "update": {"contactId": "made", "created": True}}
    step = calling(fieldMappings=[MAPPING], options={"createIfNotExists": True})
    run_id = await world.start(a_flow(step, calling("next", inputs={"id": "{{contact.id}}"})))
    await world.hear(**{order[0]: told[order[0]]})
    assert len(world.sent) == 1
    await world.hear(**{order[1]: told[order[1]]})
    assert (world.sent[-1].inputs, world.sent[-1].context.contact_id) == ({"id": "made"}, "made")
    assert (await world.run(run_id))[0].contact_id == "made"


async def test_a_step_with_a_template_of_mappings_waits_for_the_contact(world: World) -> None:
    await world.start(a_flow(calling(mappingTemplate="enrichment"), calling("next")))
    assert world.sent[-1].mapping_template == "enrichment"
    await world.hear(result=done())
    assert len(world.sent) == 1
    await world.hear(update={"contactId": "made"})
    assert world.sent[-1].context.contact_id == "made"


async def test_a_contact_that_was_written_to_is_read_again(world: World) -> None:
    world.contacts.contacts["c1"] = {"city": "Bonn"}
    uses = {"city": "{{contact.city}}"}
    await world.start(a_flow(calling(inputs=uses, fieldMappings=[MAPPING]), calling("next", inputs=uses)), "c1")
    world.contacts.contacts["c1"] = {"city": "Rome"}
    await world.hear(result=done())
    await world.hear(update={"contactId": "c1"})
    assert [sent.inputs["city"] for sent in world.sent] == ["Bonn", "Rome"]


@pytest.mark.parametrize(
    ("fields", "of_connector", "state"),
    [
        ({}, "stop", "failed"),
        ({}, "continue", "running"),
        ({"onError": "continue"}, "stop", "running"),
        ({"onError": "stop"}, "continue", "failed"),
    ],
)
async def test_a_failure_stops_the_flow_or_not(
    world: World, fields: dict[str, Any], of_connector: str, state: str
) -> None:
    run_id = await world.start(a_flow(calling(fieldMappings=[MAPPING], **fields), calling("next")))
    await world.hear(result=failed(on_error=of_connector))
    run, steps = await world.run(run_id)
    assert (run.state, steps[0].state) == (state, "failed")
    assert run.error == ({"stepId": "call", "type": "http_error", "message": "no"} if state == "failed" else None)


async def test_a_branch_is_taken_by_what_is_known(world: World) -> None:
    check = {
        "id": "check",
        "action": "if",
        "condition": {"value": "{{found.score}}", "operator": "at_least", "than": 700},
        "then": [calling("good")],
        "else": [calling("bad")],
    }
    for score, taken in ((700, "good"), (699, "bad")):
        await world.start(a_flow(calling(storeAs="found"), check))
        await world.hear(result=done({"score": score}))
        assert world.sent[-1].context.step_id == taken


async def test_a_wait_is_over_when_its_time_has_come(world: World) -> None:
    run_id = await world.start(a_flow({"id": "pause", "action": "wait", "seconds": 60}, calling()))
    world.clock.later(59)
    await world.settle()
    assert world.sent == []
    world.clock.later(1)
    await world.settle()
    assert len(world.sent) == 1
    assert await world.state(run_id) == "running"


async def test_a_run_that_cannot_be_read_fails_and_the_others_go_on(world: World) -> None:
    broken = replace(a_flow(), definition=b'{"name": "Of a newer engine", "steps": [{"id": "a", "action": "fly"}]}')
    of_broken = await world.start(broken)
    await world.start(a_flow())
    assert len(world.sent) == 1
    run, steps = await world.run(of_broken)
    assert (run.state, run.ended_at, steps) == ("failed", world.clock.now(), [])
    assert run.error == {"type": "internal", "message": "the engine cannot go on with it (ValidationError)"}


async def test_a_default_with_a_point_is_a_number_wherever_it_goes(world: World) -> None:
    fields = {"customFields": {"score": "{{contact.score ?? 1.5}}", "all": '{{contact.all ?? [2.25, {"a": 1e2}]}}'}}
    inputs = {"score": "{{contact.score ?? 1.5}}", "text": "of {{contact.score ?? 1.50}}"}
    same = {"value": "{{contact.score ?? 1.1}}", "operator": "equals", "than": 1.1}
    check = {"id": "check", "action": "if", "condition": same, "then": [calling(inputs=inputs)]}
    await world.start(a_flow({"id": "mark", "action": "update_contact", **fields}, check), "c1")
    [(_, asked, _)] = world.contacts.written
    assert json.loads(json.dumps(asked["custom_fields"])) == {"score": 1.5, "all": [2.25, {"a": 100.0}]}
    assert world.sent[-1].inputs == {"score": 1.5, "text": "of 1.50"}


async def test_a_contact_is_updated_once_under_one_key(world: World) -> None:
    step = {"id": "mark", "action": "update_contact", "userFields": {"city": "{{input.city}}"}}
    world.contacts.away = 1
    run_id = await world.start(a_flow(step), "c1", city="Rome")
    assert await world.state(run_id) == "running"
    world.clock.later(60)
    await world.settle()
    asked = {"user_fields": {"city": "Rome"}, "custom_fields": {}}
    assert world.contacts.written == [("c1", asked, derived_execution_id(run_id, "mark"))]
    assert await world.state(run_id) == "succeeded"


async def test_a_contact_that_is_created_is_that_of_the_run(world: World) -> None:
    step = {"id": "make", "action": "update_contact", "userFields": {"city": "Rome"}}
    run_id = await world.start(a_flow(step, calling(inputs={"id": "{{contact.id}}"})))
    assert (await world.run(run_id))[0].contact_id == "made"
    assert world.sent[-1].inputs == {"id": "made"}


async def test_an_update_that_is_refused_fails(world: World) -> None:
    world.contacts.refused = True
    run_id = await world.start(a_flow({"id": "mark", "action": "update_contact", "userFields": {"city": 1}}), "c1")
    run, _ = await world.run(run_id)
    assert (run.state, (run.error or {})["type"]) == ("failed", "contact_refused")


async def test_a_result_that_never_comes_ends_the_step(world: World) -> None:
    run_id = await world.start(a_flow(calling(timeoutSeconds=10)))
    world.clock.later(11)
    await world.settle()
    assert await world.state(run_id) == "running"  # the executor says so itself first
    world.clock.later(60)
    await world.settle()
    run, _ = await world.run(run_id)
    assert (run.error or {})["type"] == "timeout"
    await world.hear(result=done())
    assert await world.state(run_id) == "failed"


async def test_repeats_and_foreign_messages_change_nothing(world: World) -> None:
    run_id = await world.start(a_flow(calling("first", storeAs="a"), calling("second")))
    first = world.sent[0].execution_id
    await world.hear(result=done("once"))
    assert await world.store.heard([Told(first, result=done("twice"))], world.clock.now()) == 0
    assert await world.store.heard([Told(CONNECTOR, result=done())], world.clock.now()) == 0
    await world.settle()
    assert (await world.run(run_id))[0].variables == {"a": "once"}
    assert len(world.sent) == 2


async def test_a_run_that_was_cancelled_goes_no_further(world: World) -> None:
    run_id = await world.start(a_flow(calling("first"), calling("second")))
    assert await world.store.cancel(WORKSPACE, run_id, world.clock.now())
    await world.hear(result=done())
    assert (await world.state(run_id), len(world.sent)) == ("cancelled", 1)


@pytest.mark.parametrize("size", [300_000, 2_000_000])
async def test_what_is_too_large_is_refused_where_it_arises(world: World, size: int) -> None:
    run_id = await world.start(a_flow(calling(inputs={"x": "{{input.x}}"}, storeAs="kept")), x="x" * (size - 300_000))
    if world.sent:
        await world.hear(result=done("x" * size))
    run, _ = await world.run(run_id)
    assert run.state == "failed"
    assert (run.error or {})["type"] == ("result_too_large" if world.sent else "invalid_input")


OFTEN = "{{input.x}}" * 20


@pytest.mark.parametrize(
    "step",
    [
        calling(inputs={"x": OFTEN}),
        {"id": "mark", "action": "update_contact", "customFields": {"x": OFTEN}},
        {"id": "check", "action": "if", "condition": {"value": OFTEN, "than": "x"}, "then": [calling()]},
    ],
)
async def test_a_long_value_that_is_named_often_is_not_written_out(world: World, step: dict[str, Any]) -> None:
    """A short flow could fill all memory of the engine, again after each start."""
    run_id = await world.start(a_flow(step), x="x" * 100_000)
    run, [record] = await world.run(run_id)
    assert (run.state, (record.error or {})["type"], world.sent) == ("failed", "invalid_input", [])


async def test_a_large_output_is_not_kept_for_show(world: World) -> None:
    run_id = await world.start(a_flow(calling(storeAs="kept")))
    await world.hear(result=done("x" * 20_000))
    run, [step] = await world.run(run_id)
    assert len(run.variables["kept"]) == 20_000
    assert step.result is not None
    assert (step.result["data"], step.result["cut"]) == (None, ["data"])


async def test_a_run_goes_on_by_the_flow_that_it_began_with(world: World) -> None:
    flow = a_flow(calling("first"), calling("second"))
    run_id = await world.start(flow)
    await world.store.remove(WORKSPACE, flow.id, world.clock.now())
    await world.hear(result=done())
    await world.hear(result=done())
    assert await world.state(run_id) == "succeeded"


async def test_runs_that_ended_long_ago_are_forgotten(world: World) -> None:
    run_id = await world.start(a_flow({"id": "pause", "action": "wait", "seconds": 0}))
    running = await world.start(a_flow())
    world.clock.later(31 * 86_400)
    await world.engine.forget()
    assert await world.store.run(WORKSPACE, run_id) is None
    assert await world.state(running) == "running"
