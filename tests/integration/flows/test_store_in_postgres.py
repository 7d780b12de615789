"""Flows and runs in Postgres are those that every store keeps."""

import asyncio
from uuid import uuid4

import pytest

from connectors_local.flows.advance import advance
from connectors_local.flows.definition.program import program_of
from connectors_local.flows.model import NewRun
from connectors_local.flows.store.postgres import PostgresFlows, PostgresRuns
from tests.integration.flows.conftest import Shared
from tests.unit.flows.builders import NOW, a_flow
from tests.unit.flows.store_suite import *  # noqa: F403  # the shared tests, collected here


@pytest.fixture
def flows(emptied: Shared) -> PostgresFlows:
    return PostgresFlows(emptied.app)


@pytest.fixture
def runs(emptied: Shared) -> PostgresRuns:
    return PostgresRuns(emptied.worker)


async def test_no_two_processes_take_one_run(flows: PostgresFlows, runs: PostgresRuns) -> None:
    flow = a_flow()
    await flows.add(flow)
    await flows.start(flow, [NewRun(uuid4()) for _ in range(40)], "ann", NOW)

    async def take() -> None:
        taken = 1
        while taken:
            taken, _ = await runs.take_due(NOW, 5, lambda run, text, steps: advance(run, program_of(text), steps, NOW))

    await asyncio.gather(*(take() for _ in range(4)))
    messages = await runs.outgoing(100)
    assert len(messages) == len({message.value for message in messages}) == 40
