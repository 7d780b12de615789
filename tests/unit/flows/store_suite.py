"""What every store of flows and runs does; tests take `flows` and `runs`, on one and the same data."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from connectors_client import derived_execution_id
from connectors_local.flows.advance import Effect, EffectKind, advance
from connectors_local.flows.definition.program import program_of
from connectors_local.flows.model import Flow, NewRun, Run, RunState, Usage
from connectors_local.flows.store.port import FlowStore, RunFilter, RunStore, TakenRunIdError, Told
from connectors_shared.http.cursor import Cursor
from tests.unit.flows.builders import NOW, OTHER_WORKSPACE, WORKSPACE, a_flow, calling, done

LATER = NOW + timedelta(seconds=5)
WHY = {"type": "contacts_unavailable", "message": "answered 503"}


async def started(flows: FlowStore, flow: Flow, contact_id: str | None = None, **inputs: Any) -> UUID:
    await flows.add(flow)
    run_id = uuid4()
    await flows.start(flow, [NewRun(run_id, contact_id, inputs)], "ann", NOW)
    return run_id


async def taken(runs: RunStore, now: Any = NOW) -> list[Effect]:
    _, effects = await runs.take_due(now, 10, lambda run, text, steps: advance(run, program_of(text), steps, now))
    return effects


async def one(flows: FlowStore, run_id: UUID) -> Run:
    found = await flows.run(WORKSPACE, run_id)
    assert found is not None
    return found[0]


async def test_flows_are_kept_changed_and_removed(flows: FlowStore) -> None:
    flow = a_flow()
    await flows.add(flow)
    assert await flows.find(WORKSPACE, flow.id) == flow
    assert await flows.find(OTHER_WORKSPACE, flow.id) is None
    changed = replace(flow, revision=2, name="Other", definition=a_flow(calling("b")).definition, updated_by="bob")
    assert await flows.replace(changed)
    assert not await flows.replace(changed)
    assert await flows.find(WORKSPACE, flow.id) == changed
    assert not await flows.remove(OTHER_WORKSPACE, flow.id, NOW)
    assert await flows.remove(WORKSPACE, flow.id, NOW)
    assert not await flows.remove(WORKSPACE, flow.id, NOW)
    assert await flows.find(WORKSPACE, flow.id) is None
    assert not await flows.restore(OTHER_WORKSPACE, flow.id)
    assert await flows.restore(WORKSPACE, flow.id)
    assert not await flows.restore(WORKSPACE, flow.id)
    assert await flows.find(WORKSPACE, flow.id) == changed


async def test_an_id_is_taken_once_also_by_two_at_a_time_and_by_what_was_removed(flows: FlowStore) -> None:
    flow = a_flow()
    other = replace(flow, name="Other", definition=a_flow(calling("b")).definition)
    assert await flows.first_definition(WORKSPACE, flow.id) is None
    assert sorted(await asyncio.gather(flows.add(flow), flows.add(flow))) == [False, True]
    assert not await flows.add(other)
    assert await flows.find(WORKSPACE, flow.id) == flow
    assert await flows.replace(replace(other, revision=2))
    assert await flows.first_definition(WORKSPACE, flow.id) == flow.definition
    assert await flows.first_definition(OTHER_WORKSPACE, flow.id) is None
    await flows.remove(WORKSPACE, flow.id, NOW)
    assert not await flows.add(flow)
    assert await flows.first_definition(WORKSPACE, flow.id) == flow.definition


async def test_how_flows_are_used_is_counted(flows: FlowStore) -> None:
    used, unused = a_flow(), a_flow()
    first, last = await started(flows, used), uuid4()
    await flows.start(used, [NewRun(last, "c1")], "bob", LATER)
    await flows.cancel(WORKSPACE, first, LATER)
    await flows.add(unused)
    found = await flows.usage(WORKSPACE, [used.id, unused.id])
    assert (found[used.id].runs, found[used.id].running) == (2, 1)
    newest = found[used.id].last_run
    assert newest is not None
    assert (newest.id, newest.contact_id, newest.started_at) == (last, "c1", LATER)
    assert found[unused.id] == Usage()
    assert (await flows.usage(OTHER_WORKSPACE, [used.id]))[used.id] == Usage()
    assert await flows.usage(WORKSPACE, []) == {}


async def test_flows_come_newest_first(flows: FlowStore) -> None:
    made = [replace(a_flow(), created_at=NOW + timedelta(seconds=number)) for number in range(3)]
    for flow in [*made, a_flow(workspace_id=OTHER_WORKSPACE)]:
        await flows.add(flow)
    first = await flows.page(WORKSPACE, 2, None)
    assert first == [made[2], made[1]]
    assert await flows.page(WORKSPACE, 2, Cursor(first[-1].created_at, first[-1].id)) == [made[0]]


async def test_a_run_is_started_once(flows: FlowStore, runs: RunStore) -> None:
    flow = a_flow()
    run_id = await started(flows, flow, "c1", x=1)
    await taken(runs)
    await flows.start(flow, [NewRun(run_id), NewRun(uuid4())], "bob", LATER)
    run = await one(flows, run_id)
    assert (run.contact_id, run.input, run.started_by, run.started_at) == ("c1", {"x": 1}, "ann", NOW)
    assert len(await flows.runs(WORKSPACE, RunFilter(10))) == 2
    other = a_flow(workspace_id=OTHER_WORKSPACE)
    await flows.add(other)
    with pytest.raises(TakenRunIdError):
        await flows.start(other, [NewRun(run_id)], "eve", NOW)


async def test_runs_are_listed_and_narrowed(flows: FlowStore, runs: RunStore) -> None:
    first, second = await started(flows, a_flow(), "c1"), await started(flows, flow := a_flow(), "c2")
    await flows.cancel(WORKSPACE, second, NOW)
    listed = partial(flows.runs, WORKSPACE)
    assert {run.id for run in await listed(RunFilter(10))} == {first, second}
    assert [run.id for run in await listed(RunFilter(10, flow_id=flow.id))] == [second]
    assert [run.id for run in await listed(RunFilter(10, contact_id="c1"))] == [first]
    assert [run.id for run in await listed(RunFilter(10, state=RunState.RUNNING))] == [first]
    [newest] = await listed(RunFilter(1))
    rest = await listed(RunFilter(1, after=Cursor(newest.started_at, newest.id)))
    assert {newest.id, *(run.id for run in rest)} == {first, second}
    assert await flows.runs(OTHER_WORKSPACE, RunFilter(10)) == []
    assert await flows.run(OTHER_WORKSPACE, first) is None


async def test_what_is_decided_is_stored_with_its_message(flows: FlowStore, runs: RunStore) -> None:
    run_id = await started(flows, a_flow(calling(inputs={"a": [1, {"b": None}]})))
    assert await taken(runs) == []
    assert await taken(runs) == []
    [message] = await runs.outgoing(10)
    execution_id = derived_execution_id(run_id, "call")
    assert str(execution_id).encode() in message.value
    await runs.published([message.id])
    assert await runs.outgoing(10) == []
    assert await runs.heard([Told(execution_id, result=done([1])), Told(uuid4(), result=done())], LATER) == 1
    assert await runs.heard([Told(execution_id, result=done([2]))], LATER) == 1
    await taken(runs, LATER)
    found = await flows.run(WORKSPACE, run_id)
    assert found is not None
    run, [step] = found
    assert (run.state, run.ended_at) == (RunState.SUCCEEDED, LATER)
    assert (step.state, step.result, step.ended_at) == ("succeeded", done([1]), LATER)
    assert (step.result_at, step.update_at) == (LATER, None)
    assert await runs.heard([Told(execution_id, result=done([3]))], LATER) == 0


async def test_result_and_update_in_one_batch_are_both_noted(flows: FlowStore, runs: RunStore) -> None:
    mappings = [{"sourcePath": "a", "targetField": "city"}]
    run_id = await started(flows, a_flow(calling(fieldMappings=mappings)))
    await taken(runs)
    execution_id = derived_execution_id(run_id, "call")
    await runs.heard([Told(execution_id, update={"contactId": "c9"}), Told(execution_id, result=done())], LATER)
    await taken(runs, LATER)
    found = await flows.run(WORKSPACE, run_id)
    assert found is not None
    run, [step] = found
    assert (run.state, run.contact_id) == (RunState.SUCCEEDED, "c9")
    assert (step.result_at, step.update_at) == (LATER, LATER)


async def test_effects_are_noted_and_tried_again(flows: FlowStore, runs: RunStore) -> None:
    write = {"id": "mark", "action": "update_contact", "userFields": {"city": "{{contact.city}}"}}
    run_id = await started(flows, a_flow(write), "c1")
    [load] = await taken(runs)
    assert (load.kind, load.run.contact_id) == (EffectKind.LOAD_CONTACT, "c1")
    await runs.later(run_id, LATER, WHY)
    waiting = await one(flows, run_id)
    assert (waiting.state, waiting.tries, waiting.error) == (RunState.RUNNING, 1, WHY)
    assert await taken(runs) == []
    assert len(await taken(runs, LATER)) == 1
    await runs.loaded(run_id, {"city": "Rome"}, LATER)
    assert (await one(flows, run_id)).error is None
    [effect] = await taken(runs, LATER)
    assert effect.record is not None
    assert effect.record.asked == {"user_fields": {"city": "Rome"}, "custom_fields": {}}
    await runs.answered(run_id, "mark", {"success": True, "contactId": "c1"}, LATER)
    await taken(runs, LATER)
    assert (await one(flows, run_id)).state is RunState.SUCCEEDED


async def test_a_run_is_cancelled_once_and_by_its_own_workspace(flows: FlowStore, runs: RunStore) -> None:
    run_id = await started(flows, a_flow(calling()))
    await taken(runs)
    assert not await flows.cancel(OTHER_WORKSPACE, run_id, NOW)
    assert await flows.cancel(WORKSPACE, run_id, NOW)
    assert not await flows.cancel(WORKSPACE, run_id, LATER)
    assert await runs.heard([Told(derived_execution_id(run_id, "call"), result=done())], LATER) == 0
    assert (await one(flows, run_id)).ended_at == NOW


async def test_only_what_ended_long_ago_is_forgotten(flows: FlowStore, runs: RunStore) -> None:
    ended, running = await started(flows, a_flow()), await started(flows, a_flow())
    await flows.cancel(WORKSPACE, ended, NOW)
    assert await runs.forget(NOW, 10) == 0
    assert await runs.forget(LATER, 10) == 1
    assert await flows.run(WORKSPACE, ended) is None
    assert await flows.run(WORKSPACE, running) is not None


async def test_a_run_that_cannot_go_on_has_failed_and_is_not_changed_after_that(
    flows: FlowStore, runs: RunStore
) -> None:
    run_id = await started(flows, a_flow(), "c1")
    await runs.fail(run_id, WHY, LATER)
    await runs.later(run_id, NOW, {"type": "too", "message": "late"})
    failed = await one(flows, run_id)
    assert (failed.state, failed.error, failed.ended_at, failed.tries) == (RunState.FAILED, WHY, LATER, 0)
    assert await taken(runs, LATER) == []
