"""The in-memory twin keeps the contract of every executor."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from connector_registry.executions.memory import InMemoryExecutions
from connector_registry.executions.port import Answer
from connector_registry.executions.shapes import Order
from tests.unit.registry.executions.executed import a_failure, a_refusal, a_result
from tests.unit.registry.executions.executions_suite import *  # noqa: F403  # the shared tests, collected here


class InMemoryBench:
    """Connectors that answer as told."""

    def __init__(self) -> None:
        self.executions = InMemoryExecutions()

    async def echoing(self) -> UUID:
        return self._connector(a_result)

    async def limited(self) -> UUID:
        return self._connector(lambda _order: a_refusal(429, "rate-limited", retry_after="3600"))

    async def disabled(self) -> UUID:
        return self._connector(
            lambda order: a_failure(order, "skipped", type="connector_disabled", message="It is switched off.")
        )

    def _connector(self, answer: Callable[[Order], Answer]) -> UUID:
        connector_id = uuid4()
        self.executions.answers[connector_id] = answer
        return connector_id


@pytest.fixture
def bench() -> InMemoryBench:
    return InMemoryBench()
