"""On the real servers: a replay that comes while its parked row is still being dead-lettered."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from connector_executor.admission.redis import RedisAdmission
from connector_executor.outbound.dead import DeadLetters
from connector_executor.parking.postgres import PostgresParking
from connectors_shared.contract.topics import EXECUTE_DEAD
from tests.integration.executor.conftest import Bench, Upstream
from tests.integration.executor.test_parking import FAST, SLOW, replay_all, sql, until_parked


class Gate:
    """Holds every call of one method, once it has been made, until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: type, method: str) -> None:
        self.reached, self.open = asyncio.Event(), asyncio.Event()
        original = getattr(owner, method)

        async def held(*given: Any) -> Any:
            answer = await original(*given)
            self.reached.set()
            await self.open.wait()
            return answer

        monkeypatch.setattr(owner, method, held)


def asked_about(monkeypatch: pytest.MonkeyPatch, execution_id: UUID) -> asyncio.Event:
    """Set when the store of claims is asked whether it may start."""
    asked, original = asyncio.Event(), RedisAdmission.admit

    async def admit(self: RedisAdmission, asks: Any) -> Any:
        answers = await original(self, asks)
        if any(ask.execution_id == str(execution_id) for ask in asks):
            asked.set()
        return answers

    monkeypatch.setattr(RedisAdmission, "admit", admit)
    return asked


@pytest.mark.parametrize(
    ("owner", "method"), [(DeadLetters, "write"), (PostgresParking, "end_removal"), (RedisAdmission, "forget_dead")]
)
async def test_a_replay_that_comes_while_its_row_is_still_being_dead_lettered_runs_once(
    bench: Bench, upstream: Upstream, monkeypatch: pytest.MonkeyPatch, owner: type, method: str
) -> None:
    config = {"method": "POST", "parking": {"whenFull": "dead-letter"}}
    connector = await bench.publish(upstream.url, rate_limit=SLOW, **config)
    await bench.start_executor()
    first = await bench.execute(connector)
    assert (await bench.result()).execution_id == first.execution_id
    parked = await bench.execute(connector)
    gate = Gate(monkeypatch, owner, method)
    await until_parked(bench, 1)
    await sql(bench, "UPDATE executor.parked_executions SET expires_at = now()")
    await asyncio.wait_for(gate.reached.wait(), 20)
    await bench.read(EXECUTE_DEAD.name, 1)

    asked = asked_about(monkeypatch, parked.execution_id)
    assert await replay_all(bench) == 1
    await asyncio.wait_for(asked.wait(), 20)
    gate.open.set()
    while await sql(bench, "SELECT count(*) FROM executor.parked_executions WHERE NOT leaving") == 0:
        await asyncio.sleep(0.02)
    await bench.publish(upstream.url, version=2, connector_id=connector, rate_limit=FAST, **config)
    assert (await asyncio.wait_for(bench.result(), 20)).execution_id == parked.execution_id
    await until_parked(bench, 0)
    assert len(upstream.seen) == 2
