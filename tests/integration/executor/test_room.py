"""A backlog larger than the memory it may take, on a real broker: intake pauses, goes on, and loses nothing."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.topics import RESULT
from tests.integration.executor.conftest import Bench, Upstream

MIB = 1024 * 1024
RECORDS, SIZE = 600, 20_000
WITHIN_SECONDS = 60


async def metric(bench: Bench, name: str) -> float:
    async with bench.internal() as client:
        text = (await client.get("/metrics")).text
    [line] = [line for line in text.splitlines() if line.startswith(f"connectors_executor_{name} ")]
    return float(line.split()[1])


async def until(bench: Bench, name: str, least: float) -> None:
    async with asyncio.timeout(WITHIN_SECONDS):
        while await metric(bench, name) < least:
            await asyncio.sleep(0.05)  # a gauge tells nobody that it has changed


@pytest.fixture
def small(bench: Bench) -> Bench:
    """May hold 2 MiB, of a backlog of 12."""
    bench.settings = bench.settings.model_copy(update={"waiting_bytes": 2 * MIB, "poll_records": 20})
    return bench


async def test_intake_pauses_at_the_ceiling_and_a_giant_and_all_others_are_answered(
    small: Bench, upstream: Upstream
) -> None:
    gate = asyncio.Event()

    async def hold(_request: web.Request) -> web.StreamResponse:
        await gate.wait()
        return web.json_response({"ok": True})

    upstream.answer = hold
    connector = await small.publish(upstream.url, maxInFlight=64)
    giant = await small.execute(connector, context={"variables": {"text": "x" * (MIB - 1_000)}})
    sent = {giant.execution_id}
    for number in range(RECORDS):
        context: Any = {"contact_id": str(number), "variables": {"text": "x" * SIZE}}
        sent.add((await small.execute(connector, context=context)).execution_id)
    await small.start_executor()
    await until(small, "paused_partitions", 1)
    held = await metric(small, "waiting_bytes")
    gate.set()
    found = {
        ConnectorResult.model_validate_json(r.value).execution_id for r in await small.read(RESULT.name, len(sent))
    }
    assert held < 2 * MIB + 2 * 20 * (SIZE + 2_000) + MIB, "the ceiling, the polls around it, and the giant"
    assert found == sent
    await until_idle(small)
    assert await small.committed() == len(sent)


async def until_idle(bench: Bench) -> None:
    async with asyncio.timeout(WITHIN_SECONDS):
        while await metric(bench, "waiting_bytes") or await metric(bench, "paused_partitions"):
            await asyncio.sleep(0.05)
    await bench.stop_executor()
