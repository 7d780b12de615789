"""Flows and runs for tests, and an engine on twins."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from connectors_client import ConnectorExecute
from connectors_local.flows.contacts import ContactsAwayError
from connectors_local.flows.definition.drafts import parse_draft
from connectors_local.flows.effects import Effects
from connectors_local.flows.engine import Engine
from connectors_local.flows.model import Flow, NewRun, OutgoingExecution, Run, StepRecord
from connectors_local.flows.store.memory import InMemoryFlows
from connectors_local.flows.store.port import Told
from connectors_shared.runtime.clock import SystemClock

WORKSPACE = UUID("11111111-1111-4111-8111-111111111111")
OTHER_WORKSPACE = UUID("22222222-2222-4222-8222-222222222222")
CONNECTOR = UUID("33333333-3333-4333-8333-333333333333")
NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)


class SetClock(SystemClock):
    """Moves when it is told to."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def later(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def calling(step_id: str = "call", **fields: Any) -> dict[str, Any]:
    return {"id": step_id, "action": "connector", "connectorId": str(CONNECTOR), **fields}


def a_flow(*steps: Mapping[str, Any], workspace_id: UUID = WORKSPACE, **fields: Any) -> Flow:
    draft = parse_draft({"name": "A flow", "steps": list(steps) or [calling()], **fields})
    return Flow(
        id=uuid4(),
        workspace_id=workspace_id,
        revision=1,
        definition=draft.model_dump_json(by_alias=True, exclude_defaults=True).encode(),
        name=draft.name,
        enabled=draft.enabled,
        created_at=NOW,
        created_by="ann",
        updated_at=NOW,
        updated_by="ann",
    )


def done(data: Any = None, **fields: Any) -> dict[str, Any]:
    return {"success": True, "data": data, "onError": "stop", **fields}


def failed(kind: str = "http_error", on_error: str = "stop") -> dict[str, Any]:
    return {"success": False, "data": None, "onError": on_error, "error": {"type": kind, "message": "no"}}


@dataclass(slots=True)
class InMemoryContacts:
    """Answers as it is told: it is away so many times, refuses all when `refused`, raises `fault`, and answers when
    the `gate` is open."""

    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    written: list[tuple[str | None, dict[str, Any], UUID]] = field(default_factory=list)
    away: int = 0
    refused: bool = False
    fault: Exception | None = None
    gate: asyncio.Event | None = None
    loads: int = 0

    async def load(self, workspace_id: UUID, contact_id: str) -> dict[str, Any]:
        self.loads += 1
        await self._answer()
        return dict(self.contacts.get(contact_id, {}))

    async def write(
        self, workspace_id: UUID, contact_id: str | None, asked: dict[str, Any], key: UUID
    ) -> dict[str, Any]:
        await self._answer()
        if self.refused:
            return {"success": False, "error": {"type": "contact_refused", "message": "no"}}
        self.written.append((contact_id, asked, key))
        return {"success": True, "contactId": contact_id or "made"}

    async def _answer(self) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        if self.away:
            self.away -= 1
            raise ContactsAwayError("away")


class InMemorySender:
    def __init__(self) -> None:
        self.sent: list[ConnectorExecute] = []

    async def send(self, messages: list[OutgoingExecution]) -> list[int]:
        self.sent += [ConnectorExecute.model_validate_json(each.value) for each in messages]
        return [each.id for each in messages]


class World:
    """An engine on twins, which does all that it can when it is told to `settle`."""

    def __init__(self) -> None:
        self.clock, self.store = SetClock(), InMemoryFlows()
        self.contacts, self.sender = InMemoryContacts(), InMemorySender()
        self.effects = Effects(self.store, self.contacts, self.clock)
        self.engine = Engine(self.store, self.effects, self.sender, self.clock, timedelta(days=30))

    @property
    def sent(self) -> list[ConnectorExecute]:
        return self.sender.sent

    async def start(self, flow: Flow, contact_id: str | None = None, **inputs: Any) -> UUID:
        if flow.id not in self.store.flows:
            await self.store.add(flow)
        run_id = uuid4()
        await self.store.start(flow, [NewRun(run_id, contact_id, inputs)], "ann", self.clock.now())
        await self.settle()
        return run_id

    async def settle(self) -> None:
        while True:
            taken, effects = await self.store.take_due(self.clock.now(), 100, self.engine._decide)
            for effect in effects:
                await self.effects.do(effect)
            await self.engine.publish()
            if not taken:
                return

    async def hear(self, **told: Any) -> None:
        """About the execution that was published last."""
        await self.store.heard([Told(self.sent[-1].execution_id, **told)], self.clock.now())
        await self.settle()

    async def run(self, run_id: UUID) -> tuple[Run, list[StepRecord]]:
        found = await self.store.run(WORKSPACE, run_id)
        assert found is not None
        return found

    async def state(self, run_id: UUID) -> str:
        return (await self.run(run_id))[0].state.value


def as_json(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))
