"""One replica's parking on the in-memory twins: parker, drainer and ending, with stand-ins for what is around them."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from connector_executor.admission import memory as admission_memory
from connector_executor.admission.memory import InMemoryAdmission
from connector_executor.connectors.plan import Plan
from connector_executor.connectors.table import ConnectorTable
from connector_executor.execution import Execution, Origin, Source
from connector_executor.inbound.backlog.drainer import Drainer
from connector_executor.inbound.backlog.ending import Ending
from connector_executor.inbound.backlog.leased import LeasedRows
from connector_executor.inbound.backlog.looking import Looks
from connector_executor.lifting import Lifting
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.outbox import Outbox
from connector_executor.outcome import Failure, Outcome
from connector_executor.parking import memory as parking_memory
from connector_executor.parking.dead_lettering import DeadLettering
from connector_executor.parking.envelope import seal
from connector_executor.parking.memory import InMemoryParking
from connector_executor.parking.parker import Parker
from connector_executor.parking.port import Parcel, ParkReason
from connector_executor.scheduling.places import Places
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.facts import Deletion
from connectors_shared.contract.failure import DeadReason, FailureType
from connectors_shared.runtime.clock import SystemClock
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE, a_connector, a_plan, newer_definition
from tests.unit.executor.a_credential import CREDENTIAL, a_credential
from tests.unit.executor.admission_suite import ready

START = datetime(2026, 1, 1, tzinfo=UTC)
LEASE_SECONDS = 30.0


class SceneClock(SystemClock):
    """Moves when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


class Letters:
    """Stands for the dead letters, which nobody takes until they are `open`; and for the supervisor."""

    def __init__(self) -> None:
        self.written: list[tuple[Source, DeadReason, str]] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.open = asyncio.Event()
        self.open.set()

    async def write(self, record: Source, reason: DeadReason, detail: str) -> None:
        await self.open.wait()
        self.written.append((record, reason, detail))

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def settled(self) -> None:
        while self.tasks:
            await asyncio.gather(*self.tasks)


class Outcomes:
    """Stands for the finisher: the first outcome of an execution is kept, published, and its origin told."""

    def __init__(self, store: admission_memory.Store) -> None:
        self.store = store
        self.of: dict[str, list[Outcome | str]] = {}

    def finish(self, execution: Execution, outcome: Outcome) -> None:
        claim = self.store.claims.setdefault((execution.workspace_id, execution.id), admission_memory.Claim("", 0))
        claim.result = claim.result or b"result of " + execution.id.encode()
        self._tell(execution, outcome)

    def republish(self, execution: Execution, message: bytes) -> None:
        self._tell(execution, "republished " + message.decode())

    def drop(self, execution: Execution) -> None:
        self._tell(execution, "dropped")

    def types(self, execution_id: UUID) -> list[FailureType | str]:
        """Of its failures; what was published before or dropped says so."""
        found = self.of.get(str(execution_id), [])
        return [outcome.type if isinstance(outcome, Failure) else str(outcome) for outcome in found]

    def _tell(self, execution: Execution, outcome: Outcome | str) -> None:
        self.of.setdefault(execution.id, []).append(outcome)
        execution.origin.finished(b"")


@dataclass
class Line:
    """Stands for the line, its claims and its places: what is submitted waits here."""

    free: int = 512
    available: bool = True
    away: set[object] = field(default_factory=set)
    """Workspaces whose part of the store does not answer."""
    busy: dict[UUID, int] = field(default_factory=dict)
    waits: dict[UUID, int] = field(default_factory=dict)
    submitted: list[Execution] = field(default_factory=list)
    claimed: dict[str, Execution] = field(default_factory=dict)
    done: list[Execution] = field(default_factory=list)
    broken: bool = False

    def answers(self, workspace_id: object) -> bool:
        return self.available and workspace_id not in self.away

    @property
    def queues(self) -> "Line":
        return self

    def waiting(self, connector_id: UUID) -> tuple[int, int]:
        return self.waits.get(connector_id, 0), self.busy.get(connector_id, 0)

    def room_for(self, _plan: Plan) -> int:
        return self.free

    def submit(self, execution: Execution) -> None:
        if self.broken:
            raise RuntimeError("a fault of ours")
        self.submitted.append(execution)

    def disclaim(self, execution: Execution) -> None:
        self.claimed.pop(execution.id, None)

    def parked(self, execution: Execution) -> None:
        execution.origin.parked()
        self.done.append(execution)

    def dead_lettered(self, execution: Execution) -> None:
        execution.origin.dead_lettered()
        self.done.append(execution)

    def take(self) -> list[Execution]:
        taken, self.submitted = self.submitted, []
        return taken


class Faulty(InMemoryParking):
    """`fault` is raised by every call that concerns `connector_id`, or by every one."""

    fault: Exception | None = None
    faulty_connector: UUID | None = None

    async def put_off(self, owner: str, connector_id: UUID, *rest: Any, **named: Any) -> bool:
        self._fail(connector_id)
        return await super().put_off(owner, connector_id, *rest, **named)

    async def take(self, owner: str, connector_id: UUID, *rest: Any) -> Any:
        self._fail(connector_id)
        return await super().take(owner, connector_id, *rest)

    async def park(self, parcels: Sequence[Parcel]) -> list[bool | None]:
        for parcel in parcels:
            self._fail(parcel.connector_id)
        return await super().park(parcels)

    def _fail(self, connector_id: UUID) -> None:
        if self.fault is not None and self.faulty_connector in (None, connector_id):
            raise self.fault


class Scene:
    """`owner` runs here; `elsewhere` is another replica's admission on the same store."""

    def __init__(self, owner: str = "me") -> None:
        self.owner = owner
        self.clock = SceneClock()
        self.claims = admission_memory.Store(lambda: round(self.clock.seconds * 1e6))
        self.rows = parking_memory.Store(self.clock.now)
        self.admission = self._admission(owner)
        self.elsewhere = self._admission("another")
        self.store = Faulty(self.rows)
        self.table = ConnectorTable()
        self._revisions = count(1)
        self.letters, self.outcomes, self.line = Letters(), Outcomes(self.claims), Line()
        self.places = Places(64, ExecutorMetrics())
        self.outbox = Outbox(1_000_000)
        self.lookups = 0
        self.build()

    def _admission(self, owner: str) -> InMemoryAdmission:
        return InMemoryAdmission(self.claims, owner, 2_000_000, round(LEASE_SECONDS * 1e6))

    def build(self) -> None:
        """This replica, as it is after its start."""
        finisher: Any = self.outcomes
        dead: Any = self.letters
        line: Any = self.line
        lookups: Any = self
        self.dead_lettering = DeadLettering(dead, self.admission, self.store, self.owner, self.outbox, dead)
        self.parker = Parker(
            self.store, self.admission, finisher, self.dead_lettering, line, self.owner, self.clock, ExecutorMetrics()
        )
        times = {"lease_seconds": LEASE_SECONDS}
        self.leased = LeasedRows(self.store, self.parker, self.owner, drain_horizon_seconds=1.0, **times)
        self.looks = Looks(self.clock)
        self.ending = Ending(
            self.store,
            self.admission,
            self.table,
            finisher,
            self.dead_lettering,
            line,
            self.leased,
            self.outbox,
            self.looks,
            self.owner,
            self.clock,
            lookups=lookups,
            **times,
        )
        self.drainer = Drainer(
            self.store,
            self.admission,
            self.table,
            line,
            line,
            line,
            self.ending,
            self.leased,
            self.outbox,
            self.looks,
            self.owner,
            drain_horizon_seconds=1.0,
            **times,
        )
        self.parker.on_parked = self.drainer.parked_under
        self.lifting = Lifting(self.table, self.admission, self.store, self.drainer.wake)

    def beside(self, owner: str) -> "Scene":
        """Another replica on the same stores."""
        other = Scene(owner)
        other.clock, other.claims, other.rows, other.table = self.clock, self.claims, self.rows, self.table
        other.admission, other.elsewhere = other._admission(owner), other._admission(self.owner)
        other.store, other.outcomes = Faulty(other.rows), Outcomes(other.claims)
        other.build()
        return other

    async def begin(self) -> "Scene":
        await self.admission.join()
        await self.elsewhere.join()
        await ready(self.admission)
        return self

    async def catch_up(self, _timeout_seconds: float) -> None:
        self.lookups += 1

    def publish(self, **config: Any) -> PublishedConnector:
        changes = {name: config.pop(name) for name in ("enabled",) if name in config}
        if config.pop("credential_stale", False):
            self.publish_credential(status="stale")
            config["credential"] = True
        if config.pop("credential", False):
            changes["credential_id"] = CREDENTIAL
        published = a_connector(revision=next(self._revisions), **config).model_copy(update=changes)
        self.table.apply(published.connector_id, published.to_json())
        return published

    def publish_credential(self, **fields: Any) -> None:
        credential = a_credential(revision=next(self._revisions), **fields)
        for connector_id in self.table.apply_credential(CREDENTIAL, credential.to_json()):
            self.drainer.wake(connector_id)

    def publish_newer(self) -> None:
        """What only a newer executor can read."""
        self.table.apply(CONNECTOR, newer_definition(version=next(self._revisions)))

    def delete(self, connector_id: UUID = CONNECTOR) -> None:
        deletion = Deletion(workspace_id=WORKSPACE, revision=next(self._revisions), changed_at=self.clock.now())
        self.table.apply(connector_id, deletion.to_json())

    def purge(self, connector_id: UUID = CONNECTOR) -> None:
        self.table.apply(connector_id, None)

    async def park(self, count: int = 1, connector_id: UUID = CONNECTOR, **changes: Any) -> list[UUID]:
        """Executions that were parked before; `changes` are fields of their parcels."""
        ids = [uuid4() for _ in range(count)]
        parcels = [a_row(execution_id, connector_id, **changes) for execution_id in ids]
        assert await self.store.park(parcels) == [True] * count
        return ids

    async def parked(self, connector_id: UUID = CONNECTOR) -> int:
        view = await self.store.backlog(connector_id)
        return view.parked if view else 0

    async def drain(self) -> list[Execution]:
        """One pass of the drainer: what it has submitted."""
        await self.drainer._pass()
        return self.line.take()

    async def end(self) -> None:
        """One pass of the ending, and all that follows from it."""
        await self.ending._pass()
        await self.letters.settled()
        await self.leased.write()

    def outlast(self, seconds: float) -> None:
        self.clock.seconds += seconds

    async def run_elsewhere(self, execution_id: UUID, *, method: str = "POST") -> Execution:
        """Another replica takes it out of the backlog and calls."""
        (row,) = await self.store.take("another", CONNECTOR, 99, LEASE_SECONDS, self.admission.generation)
        assert row.execution_id == execution_id
        execution = an_execution(execution_id, method=method)
        (answer,) = await self.elsewhere.admit([execution.ask()])
        assert answer.verdict.value == "go"
        return execution


class Came(Origin):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def parked(self) -> None:
        self.told.append("parked")

    def dead_lettered(self) -> None:
        self.told.append("dead_lettered")

    def finished(self, message: bytes) -> None:
        self.told.append("finished")

    def returned(self) -> None:
        self.told.append("returned")


def an_event(execution_id: UUID, connector_id: UUID = CONNECTOR, **fields: Any) -> ConnectorExecute:
    return ConnectorExecute(execution_id=execution_id, workspace_id=WORKSPACE, connector_id=connector_id, **fields)


def an_execution(execution_id: UUID | None = None, *, deadline: datetime | None = None, **config: Any) -> Execution:
    event = an_event(execution_id or uuid4(), deadline=deadline)
    return Execution(event, a_plan(**config), Came(), 0.0, Source(event.to_json(), b"key", (("h", b"1"),), "t", 1, 2))


def a_row(execution_id: UUID, connector_id: UUID = CONNECTOR, **changes: Any) -> Parcel:
    event = an_event(execution_id, connector_id, deadline=changes.pop("deadline", None))
    execution = Execution(event, a_plan(), Came(), 0.0, Source(event.to_json(), b"key", (("h", b"1"),), "t", 1, 2))
    given: dict[str, Any] = {
        "workspace_id": WORKSPACE,
        "execution_id": execution_id,
        "connector_id": connector_id,
        "budget": f"c:{connector_id}",
        "lane": 1,
        "message": event.to_json(),
        "envelope": seal(execution, ParkReason.RATE_LIMITED, START),
        "reason": ParkReason.RATE_LIMITED,
    }
    return Parcel(**given | changes)
