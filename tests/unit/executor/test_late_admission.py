"""Leave to call within a limit perishes; where there is no limit, or it always comes late, the call is made."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from connector_executor.execution import Arrival, Execution, Origin, Source
from connector_executor.scheduling.runner import ADMITTED_SECONDS, MOST_LAPSES, has_lapsed
from connectors_shared.contract.execution import ConnectorExecute
from tests.unit.executor.a_connector import a_plan

LIMITED = {"rateLimit": {"maxRequestsPerMinute": 60}}


def asked_ago(seconds: float, **config: Any) -> Execution:
    plan = a_plan(**config)
    event = ConnectorExecute(
        execution_id=uuid4(), workspace_id=plan.published.workspace_id, connector_id=plan.connector_id
    )
    execution = Execution(event, plan, Origin(), 0.0, Source(event.to_json()))
    execution.asked_at = asyncio.get_running_loop().time() - seconds
    assert execution.arrival is Arrival.RECORD
    return execution


@pytest.mark.parametrize(
    ("seconds", "config", "lapsed"),
    [(0.0, LIMITED, False), (ADMITTED_SECONDS * 2, LIMITED, True), (ADMITTED_SECONDS * 2, {}, False)],
)
async def test_only_a_late_admission_within_a_limit_lapses(
    seconds: float, config: dict[str, Any], lapsed: bool
) -> None:
    assert has_lapsed(asked_ago(seconds, **config)) is lapsed


async def test_a_store_that_is_always_slow_keeps_nobody_waiting_for_ever() -> None:
    execution = asked_ago(ADMITTED_SECONDS * 2, **LIMITED)
    assert [has_lapsed(execution) for _ in range(MOST_LAPSES + 2)] == [True] * MOST_LAPSES + [False] * 2
