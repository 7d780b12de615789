"""Executions onto `connector.execute`: all at once, or open-loop at a fixed rate whatever becomes of them."""

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer

from bench.definitions import WORKSPACE
from connectors_shared.contract.contact import FieldMapping, MappingOptions
from connectors_shared.contract.execution import ConnectorExecute, ExecutionContext

FIRST_PHONE = 6_260_000_000
TURN = 20


def spread_over(connectors: Sequence[UUID], count: int, seed: int = 7) -> list[UUID]:
    """`count` executions of them, uniformly at random, the same on every run."""
    chance = random.Random(seed)
    return [chance.choice(connectors) for _ in range(count)]


@dataclass(slots=True)
class Traffic:
    """Sends, and remembers of each execution when and of which connector: `sent` by execution id.

    `workspaces`: of connectors that are not in the usual one. `notes`: an input beside the phone number, if any.
    `contacts`: whose the executions are, in turn, with `mappings` onto them.
    """

    producer: AIOKafkaProducer
    topic: str
    sent: dict[str, tuple[float, UUID]] = field(default_factory=dict)
    lateness_seconds: list[float] = field(default_factory=list)
    workspaces: dict[UUID, UUID] = field(default_factory=dict)
    notes: Sequence[str] = ()
    contacts: Sequence[str] = ()
    mappings: list[FieldMapping] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def an_execution(self, connector_id: UUID) -> ConnectorExecute:
        number = next(self._numbers)
        inputs: dict[str, Any] = {"phoneNumber": str(FIRST_PHONE + number)}
        if self.notes:
            inputs["notes"] = self.notes
        contact = self.contacts[number % len(self.contacts)] if self.contacts else None
        return ConnectorExecute(
            execution_id=uuid4(),
            workspace_id=self.workspaces.get(connector_id, WORKSPACE),
            connector_id=connector_id,
            inputs=inputs,
            context=ExecutionContext(contact_id=contact),
            field_mappings=self.mappings,
            options=MappingOptions(create_if_not_exists=contact is not None),
            requested_at=datetime.now(UTC),
        )

    async def burst(self, connectors: Sequence[UUID]) -> None:
        """One execution of each entry, as fast as the broker takes them; returns when it has them all.

        Other tasks of the bench get their turn meanwhile, so that what they measure is not our own delay.
        """
        for number, connector_id in enumerate(connectors):
            event = self.an_execution(connector_id)
            await self.producer.send(self.topic, event.to_json(), event.key())
            if number % TURN == 0:
                await asyncio.sleep(0)
        await self.producer.flush()

    async def steady(self, per_second: float, seconds: float, choose: Callable[[int], UUID]) -> None:
        """`choose` says whose turn the n-th is. How late each was sent goes to `lateness_seconds`."""
        began, total = time.perf_counter(), round(per_second * seconds)
        for number in range(total):
            planned = began + number / per_second
            if (early := planned - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            await self._send_now(choose(number), planned)

    async def _send_now(self, connector_id: UUID, planned: float) -> None:
        event = self.an_execution(connector_id)
        now = time.perf_counter()
        self.lateness_seconds.append(now - planned)
        self.sent[str(event.execution_id)] = (now, connector_id)
        await self.producer.send(self.topic, event.to_json(), event.key())
