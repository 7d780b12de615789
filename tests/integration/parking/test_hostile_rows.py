"""Whatever a row or a backlog holds, of a newer version or damaged, the others are drained and nobody's pass fails."""

import asyncio
import math
from typing import Any, cast
from uuid import UUID

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from connector_executor.parking.port import ParkReason
from tests.unit.executor.a_connector import CONNECTOR
from tests.unit.executor.parking_scene import Scene

from .conftest import PostgresDeployment

HEALTHY = UUID(int=8)
PASSES = 4
PHASES = (Phase.explicit, Phase.generate)
"""Shrinking what fails would take minutes."""
MOMENTS = st.sampled_from(
    ["-infinity", "infinity", "now", "4713-01-01 00:00:00+00 BC", "294276-12-31 23:59:59+00", "0001-01-01 00:00:00+00"]
)
SECONDS = st.sampled_from([None, 0.0, -1.0, 5e-324, 1e15, 1e300, math.inf, -math.inf, math.nan])
NAMES = st.sampled_from(["", "unavailable_for_tax_reasons", "\ufffd" * 300, *ParkReason])
BYTES = st.sampled_from([b"", b"\x00", b"{}", b"\xff" * 1_000, b"[" * 5_000, b"\x98" + b"\xcb\x7f\xf0" * 40])
ROW = {
    "lane": st.sampled_from([-32768, 0, 32767]),
    "ready": st.booleans(),
    "not_before": MOMENTS,
    "expires_at": st.none() | MOMENTS,
    "trouble_limit": SECONDS,
    "attempt": st.sampled_from([-(2**31), -1, 0, 1, 2**31 - 1]),
    "reason": NAMES,
    "cancelled": st.booleans(),
    "parked_at": MOMENTS,
    "message": BYTES,
    "envelope": BYTES,
    "generation": st.none() | NAMES,
}
BACKLOG = {
    "budget": NAMES,
    "reason": NAMES,
    "trouble": st.none() | NAMES,
    "trouble_since": st.none() | MOMENTS,
    "troubled_seconds": SECONDS.filter(lambda seconds: seconds is not None),
}
Changes = dict[str, Any]


def some_of(columns: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Changes]:
    return st.fixed_dictionaries({}, optional=columns)


async def change(deployment: PostgresDeployment, table: str, changes: Changes) -> None:
    """Of CONNECTOR's."""
    for column, value in changes.items():
        literal = "NULL" if value is None else f"""'{value.hex() if isinstance(value, bytes) else value}'"""
        if isinstance(value, bytes):
            literal = f"decode({literal}, 'hex')"
        await deployment.pool.execute(f"UPDATE {table} SET {column} = {literal} WHERE connector_id = $1", CONNECTOR)


async def the_others_are_drained(deployment: PostgresDeployment, row: Changes, backlog: Changes) -> None:
    await deployment.pool.execute("TRUNCATE parked_executions, backlogs")
    scene = Scene()
    store = deployment.replica()
    scene.store = cast("Any", store)
    scene.build()
    await scene.begin()
    for connector_id in (CONNECTOR, HEALTHY):
        scene.publish(connector_id=connector_id, method="POST")
        await scene.park(2, connector_id)
    await change(deployment, "parked_executions", row)
    await change(deployment, "backlogs", backlog)
    drained = []
    for _ in range(PASSES):
        await scene.end()
        for execution in await scene.drain():
            drained.append(execution.connector_id)
            await scene.admission.admit([execution.ask()])
            scene.outcomes.finish(execution, cast("Any", "called"))
        await store.wake_next(None, 10)
    assert drained.count(HEALTHY) == 2
    for view in await store.backlogs(None, None, 10):
        assert view.connector_id == CONNECTOR
    await store.parked(CONNECTOR, None, 10)
    await store.totals()


async def test_a_row_of_hostile_values_holds_nobody_up(deployment: PostgresDeployment) -> None:
    loop = asyncio.get_running_loop()

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
    @given(row=some_of(ROW), backlog=some_of(BACKLOG))
    @example(row={}, backlog={"trouble": "unavailable_for_tax_reasons"})
    @example(row={"reason": "unheard_of"}, backlog={"reason": "unheard_of"})
    @example(row={"trouble_limit": 0.0}, backlog={"trouble": "rate_limited", "trouble_since": "now"})
    @example(row={"trouble_limit": 1e300}, backlog={"trouble": "breaker_open", "trouble_since": "-infinity"})
    @example(row={"trouble_limit": math.nan}, backlog={"trouble": "breaker_open", "trouble_since": "infinity"})
    @example(row={"attempt": -1}, backlog={})
    @example(row={"parked_at": "infinity", "expires_at": "-infinity"}, backlog={})
    def holds_nobody_up(row: Changes, backlog: Changes) -> None:
        works = the_others_are_drained(deployment, row, backlog)
        asyncio.run_coroutine_threadsafe(works, loop).result()

    await asyncio.to_thread(holds_nobody_up)
