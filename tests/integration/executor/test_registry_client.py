"""The registry's client of a running executor keeps the contract of every executor."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from connector_registry.executions.executor_client import ExecutorClient
from connector_registry.executions.port import Executions, Fault
from connectors_shared.contract.execution import ConnectorResult
from tests.integration.executor.conftest import Bench as ExecutorBench
from tests.integration.executor.conftest import Upstream
from tests.integration.executor.test_parking import SLOW
from tests.unit.registry.executions.executions_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.registry.executions.executions_suite import an_order


class RunningBench:
    """Connectors of one real executor."""

    def __init__(self, executor: ExecutorBench, upstream: Upstream, executions: Executions) -> None:
        self.executor = executor
        self.upstream = upstream
        self.executions = executions

    async def echoing(self) -> UUID:
        return await self.executor.publish(self.upstream.url)

    async def limited(self) -> UUID:
        connector_id = await self.executor.publish(self.upstream.url, rate_limit=SLOW)
        assert isinstance(await self.executions.execute(an_order(connector_id)), ConnectorResult)
        return connector_id

    async def disabled(self) -> UUID:
        return await self.executor.publish(self.upstream.url, enabled=False)


@pytest.fixture
async def running(bench: ExecutorBench) -> ExecutorBench:
    await bench.start_executor()
    return bench


@pytest.fixture(name="bench")
async def registry_bench(running: ExecutorBench, upstream: Upstream) -> AsyncIterator[RunningBench]:
    async with running.internal() as http:
        yield RunningBench(running, upstream, ExecutorClient(http))


async def test_inputs_reach_the_upstream_as_they_are(bench: RunningBench, upstream: Upstream) -> None:
    connector_id = await bench.executor.publish(
        upstream.url, method="POST", body_type="json", body={"big": "{{input.big}}"}
    )
    await bench.executions.execute(an_order(connector_id, inputs={"big": 2**80, "none": None}))
    assert b"%d" % 2**80 in upstream.seen[0][3]


async def test_another_token_is_a_fault(bench: RunningBench) -> None:
    async with bench.executor.internal(token="x" * 40) as http:
        answer = await ExecutorClient(http).execute(an_order(await bench.echoing()))
    assert answer is Fault.TOKEN_REFUSED
