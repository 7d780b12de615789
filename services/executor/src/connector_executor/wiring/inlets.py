"""The inlets: Kafka's records, the backlog, callers; and the definitions that all of them need."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from connector_executor.connectors.table import ConnectorTable
from connector_executor.inbound.backlog.drainer import Drainer
from connector_executor.inbound.backlog.ending import Ending
from connector_executor.inbound.backlog.leased import LeasedRows
from connector_executor.inbound.backlog.looking import Looks
from connector_executor.inbound.callers import SynchronousCalls
from connector_executor.inbound.definitions import DefinitionReader
from connector_executor.inbound.inlet import Inlet
from connector_executor.inbound.kafka.commits import Commits
from connector_executor.inbound.kafka.intake import KafkaIntake
from connector_executor.inbound.kafka.marks import committed_marks
from connector_executor.inbound.kafka.progress import Progress
from connector_executor.inbound.kafka.reception import Reception
from connector_executor.inbound.kafka.room import Room
from connector_executor.inbound.kafka.window import Assignments
from connector_executor.inbound.lookups import Lookups
from connector_executor.inbound.permissions import Permissions
from connector_executor.metrics import ExecutorMetrics
from connector_executor.settings import ExecutorSettings
from connector_executor.wiring.connections import Connections
from connector_executor.wiring.engine import Engine
from connectors_shared.contract.topics import CONFIG, EXECUTE
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.loops import every
from connectors_shared.runtime.subscription import Subscription
from connectors_shared.runtime.supervision import Supervisor

GATHER_SECONDS = 0.012
"""The most that a record waits for those behind it: at 200 a second three of them share a poll and what follows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inlets:
    """`kafka` with what it keeps, `backlog` and `callers`."""

    table: ConnectorTable
    definitions: DefinitionReader
    subscription: Subscription
    progress: Progress
    kafka: KafkaIntake
    backlog: Drainer
    callers: SynchronousCalls
    commit_seconds: float
    lease_seconds: float

    @property
    def all(self) -> tuple[Inlet, ...]:
        """In the order in which they are closed: leaving the group is the last thing."""
        return self.callers, self.backlog, self.kafka

    @asynccontextmanager
    async def defined(self) -> AsyncIterator[None]:
        """The table is filled before anything is taken in."""
        try:
            await self.definitions.start()
            yield
        finally:
            await self.definitions.stop()

    @asynccontextmanager
    async def running(self, supervisor: Supervisor) -> AsyncIterator[None]:
        works = (
            partial(self.definitions.run, self.backlog.wake),
            self.backlog.run,
            every(self.commit_seconds, self.kafka.tend),
            every(self.lease_seconds / 3, self.backlog.renew),
        )
        async with supervisor.running(*works):
            await self.kafka.start()
            yield


def build_inlets(
    settings: ExecutorSettings,
    outside: Connections,
    engine: Engine,
    assignments: Assignments,
    table: ConnectorTable,
    supervisor: Supervisor,
    clock: Clock,
    metrics: ExecutorMetrics,
) -> Inlets:
    config = settings.topic_prefix + CONFIG.name
    permissions = Permissions(engine.guard.grants, engine.guard.origins, table.workspaces)
    definitions = DefinitionReader(settings.kafka_bootstrap_servers, config, table, permissions, metrics)
    subscription = Subscription(
        settings.kafka_bootstrap_servers,
        "connectors-executor",
        settings.topic_prefix + EXECUTE.name,
        group_id=settings.group_id,
        instance_id=settings.instance_id,
        most=settings.poll_records,
        graceful_seconds=settings.drain_seconds,
        fault=supervisor.fault,
        gather_seconds=GATHER_SECONDS,
    )
    read_marks = partial(committed_marks, settings.kafka_bootstrap_servers, settings.group_id)
    commits = Commits(assignments, subscription, outside.admission, read_marks, clock, metrics)
    line, claims = engine.line, engine.claims
    lookups = Lookups(definitions.read_to_end, supervisor)
    reception = Reception(table, lookups, assignments, line, engine.dead, supervisor, clock)
    progress = Progress(assignments, commits, reception, line, supervisor, clock, stall_seconds=settings.stall_seconds)
    return Inlets(
        table=table,
        definitions=definitions,
        subscription=subscription,
        progress=progress,
        kafka=KafkaIntake(
            subscription,
            assignments,
            commits,
            reception,
            progress,
            line,
            claims,
            engine.drain,
            engine.parker,
            engine.outbox,
            metrics,
            room=Room(settings.waiting_bytes, settings.window_records),
            drain_seconds=settings.drain_seconds,
        ),
        backlog=_backlog(settings, outside, engine, table, lookups, clock),
        callers=SynchronousCalls(
            table, lookups, line, claims, engine.outbox, clock, most_waiting=settings.max_waiting_callers
        ),
        commit_seconds=settings.commit_seconds,
        lease_seconds=settings.lease_seconds,
    )


def _backlog(
    settings: ExecutorSettings,
    outside: Connections,
    engine: Engine,
    table: ConnectorTable,
    lookups: Lookups,
    clock: Clock,
) -> Drainer:
    store, admission, owner = outside.parking, outside.admission, outside.owner
    lease_seconds, horizon_seconds = settings.lease_seconds, settings.drain_horizon_seconds
    looks = Looks(clock)
    leased = LeasedRows(
        store,
        engine.parker,
        owner,
        lease_seconds=lease_seconds,
        drain_horizon_seconds=horizon_seconds,
    )
    ending = Ending(
        store,
        admission,
        table,
        engine.finisher,
        engine.dead_lettering,
        engine.claims,
        leased,
        engine.outbox,
        looks,
        owner,
        clock,
        lease_seconds=lease_seconds,
        lookups=lookups,
    )
    drainer = Drainer(
        store,
        admission,
        table,
        engine.line,
        engine.claims,
        engine.places,
        ending,
        leased,
        engine.outbox,
        looks,
        owner,
        lease_seconds=lease_seconds,
        drain_horizon_seconds=horizon_seconds,
    )
    engine.parker.on_parked = drainer.parked_under
    engine.refreshes.on_release = lambda credential: _wake(drainer, table, credential)
    return drainer


def _wake(drainer: Drainer, table: ConnectorTable, credential_id: UUID) -> None:
    """What waited for the credential goes on."""
    for connector_id in table.users_of(credential_id):
        drainer.wake(connector_id)
