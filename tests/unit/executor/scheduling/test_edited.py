"""A connector that is edited ends nothing that has been accepted: what waits is called as it is now."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connector_executor.caller import Decision
from connector_executor.connectors.plan import Plan
from connector_executor.connectors.table import SETTLING_SECONDS
from connector_executor.execution import Arrival, Execution
from connector_executor.outcome import Failure, Retry, Success
from connector_executor.parking.port import ParkReason
from connectors_shared.contract.connector import PublishedVersion
from connectors_shared.contract.facts import Deletion
from connectors_shared.contract.failure import FailureType
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE, a_connector
from tests.unit.executor.a_credential import CREDENTIAL, a_credential
from tests.unit.executor.scheduling.bench import Bench, Seen, an_execution, outcome_of, parked_of, settled

MOVED = "https://api.new"
FAILED = Failure(FailureType.HTTP_ERROR, "the API answered 503", 503, retryable=True)
OWN_BUDGET = {"rateLimit": {"maxRequestsPerMinute": 6000, "maxConcurrent": 5, "share": "credential"}}


def publish(bench: Bench, version: int = 1, *, credential: bool = True, **config: Any) -> Plan:
    named = {"credential_id": CREDENTIAL if credential else None}
    bench.table.apply(CONNECTOR, a_connector(version=version, **config).model_copy(update=named).to_json())
    plan = bench.table.plan(CONNECTOR)
    assert plan is not None
    return plan


def seal(bench: Bench, revision: int = 1, **fields: Any) -> None:
    bench.table.apply_credential(CREDENTIAL, a_credential(revision=revision, **fields).to_json())


def unseal(bench: Bench) -> None:
    gone = Deletion(workspace_id=WORKSPACE, revision=2, changed_at=datetime(2026, 1, 1, tzinfo=UTC))
    bench.table.apply_credential(CREDENTIAL, gone.to_json())


def move(bench: Bench) -> None:
    seal(bench, 2, origins=[MOVED])
    publish(bench, 2, url=f"{MOVED}/users")


def take_its_credential(bench: Bench) -> None:
    unseal(bench)
    publish(bench, 2, credential=False)


def seal_by_a_newer_kind(bench: Bench) -> None:
    newer = json.loads(a_credential(revision=2).to_json()) | {"type": "passkey"}
    bench.table.apply_credential(CREDENTIAL, json.dumps(newer).encode())


@pytest.fixture
def plan(bench: Bench) -> Plan:
    seal(bench)
    return publish(bench)


EDITS = pytest.mark.parametrize("edit", [move, take_its_credential])


async def asked_for(bench: Bench, execution: Execution) -> None:
    """It is under way to the store, and no answer is there."""
    bench.admission.answering.clear()
    bench.line.submit(execution)
    await asyncio.wait_for(bench.admission.asked.wait(), 5)


@EDITS
async def test_what_waits_in_its_queue_is_called_as_the_connector_is_now(bench: Bench, plan: Plan, edit: Any) -> None:
    waiting = an_execution(plan=plan)
    edit(bench)
    bench.line.submit(waiting)
    assert await outcome_of(bench) == Success({}, 200)
    assert [(called.plan.version, bench.table.is_current(called.plan)) for called in bench.calls.made] == [(2, True)]


@EDITS
async def test_what_has_its_slot_is_called_as_the_connector_is_now(bench: Bench, plan: Plan, edit: Any) -> None:
    await asked_for(bench, an_execution(plan=plan))
    edit(bench)
    bench.admission.answering.set()
    assert await outcome_of(bench) == Success({}, 200)
    assert [called.plan.version for called in bench.calls.made] == [2]


@EDITS
async def test_the_next_attempt_is_made_as_the_connector_is_now(bench: Bench, edit: Any) -> None:
    seal(bench)
    plan = publish(bench, **OWN_BUDGET, retries=1, retryDelay=0)
    versions: list[int] = []

    async def fail_once(execution: Execution) -> Decision:
        versions.append(execution.plan.version)
        if len(versions) == 1:
            edit(bench)
            return Retry(FAILED)
        return Success({}, 200)

    bench.calls.answer = fail_once
    execution = an_execution(plan=plan)
    bench.line.submit(execution)
    assert await outcome_of(bench) == Success({}, 200)
    assert (versions, execution.attempt) == ([1, 2], 2)
    holders = [id_ for budget in bench.store.budgets.values() for id_ in budget.in_flight]
    assert len(holders) <= 1, "its place under the budget of before was released"


async def test_a_newer_kind_of_credential_holds_what_has_its_slot(bench: Bench, plan: Plan) -> None:
    execution = an_execution(plan=plan)
    await asked_for(bench, execution)
    seal_by_a_newer_kind(bench)
    bench.admission.answering.set()
    parked, reason, _ = await parked_of(bench)
    assert (parked, reason, bench.calls.made) == (execution, ParkReason.CREDENTIAL_UNREADABLE, [])
    assert (execution.workspace_id, execution.id) not in bench.store.claims


async def test_half_of_an_edit_holds_a_record(bench: Bench, plan: Plan) -> None:
    waiting = an_execution(plan=plan)
    seal(bench, 2, origins=[MOVED])
    bench.line.submit(waiting)
    assert (await parked_of(bench))[:2] == (waiting, ParkReason.CREDENTIAL_MISSING)


async def test_a_caller_waits_for_the_other_half_of_an_edit(bench: Bench, plan: Plan) -> None:
    waiting = an_execution(plan=plan, arrival=Arrival.CALLER)
    unseal(bench)
    bench.line.submit(waiting)
    await settled(bench)
    assert isinstance(waiting.origin, Seen)
    assert (waiting.origin.told, [one.id for one in bench.calls.made if one is waiting]) == ([], [])
    publish(bench, 2, credential=False)
    ended, outcome = await asyncio.wait_for(bench.ended.outcomes.get(), 5)
    assert (ended, outcome, waiting.plan.version) == (waiting, Success({}, 200), 2)


async def test_an_edit_that_stays_half_is_told_in_the_end(bench: Bench, plan: Plan) -> None:
    waiting = an_execution(plan=plan, arrival=Arrival.CALLER)
    unseal(bench)
    bench.line.submit(waiting)
    await settled(bench)
    bench.clock.at += SETTLING_SECONDS
    ended, _ = await asyncio.wait_for(bench.ended.outcomes.get(), 5)
    assert ended is waiting
    assert waiting.plan.fault is not None
    assert waiting.plan.fault.message == "The connector's credential was deleted."


async def test_who_asks_for_a_version_keeps_it(bench: Bench, plan: Plan) -> None:
    pinned = an_execution(plan=plan, version=1)
    config, at = plan.published.config, plan.published.changed_at
    former = PublishedVersion(
        connector_id=CONNECTOR, workspace_id=WORKSPACE, revision=2, changed_at=at, version=1, config=config
    )
    bench.table.apply_version(CONNECTOR, 1, former.to_json())
    publish(bench, 2, timeout=7000)
    bench.line.submit(pinned)
    assert await outcome_of(bench) == Success({}, 200)
    assert (pinned.plan.version, pinned.plan.fault) == (1, None)
