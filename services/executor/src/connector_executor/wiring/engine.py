"""The way of an execution from the line to its end: scheduling, calls, results, parking."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import chain

from connector_executor.caller import Caller
from connector_executor.connectors.table import ConnectorTable
from connector_executor.finisher import Finisher
from connector_executor.health import HealthReporter
from connector_executor.inbound.kafka.window import Assignments
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.announcements import Announcements
from connector_executor.outbound.dead import DeadLetters
from connector_executor.outbound.outbox import Outbox
from connector_executor.parking.dead_lettering import DeadLettering
from connector_executor.parking.diversion import Diversion
from connector_executor.parking.parker import Parker
from connector_executor.recovery.recall import Recall
from connector_executor.recovery.recovery import Recovery
from connector_executor.recovery.settling import Settling
from connector_executor.scheduling.admitter import Admitter
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.drain import Drain
from connector_executor.scheduling.line import Line
from connector_executor.scheduling.places import Places
from connector_executor.scheduling.renewal import Renewal
from connector_executor.scheduling.runner import Runner
from connector_executor.scheduling.waiting import Waiting
from connector_executor.settings import ExecutorSettings
from connector_executor.stages.authorize import Authorizer
from connector_executor.tokens.refreshes import Refreshes
from connector_executor.transform import Transformer
from connector_executor.wiring.connections import Connections
from connectors_shared.contract.topics import EXECUTE_DEAD, HEALTH, RESULT
from connectors_shared.egress import AddressGuard, LlhttpSender, parse_grants
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.loops import every
from connectors_shared.runtime.secrets import Keyring
from connectors_shared.runtime.supervision import Supervisor

RELIEVE_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Its parts, and how they run together."""

    line: Line
    claims: Claims
    places: Places
    waiting: Waiting
    drain: Drain
    diversion: Diversion
    admitter: Admitter
    finisher: Finisher
    parker: Parker
    health: HealthReporter
    announcements: Announcements
    dead: DeadLetters
    dead_lettering: DeadLettering
    outbox: Outbox
    guard: AddressGuard
    sender: LlhttpSender
    transformer: Transformer
    settling: Settling
    recovery: Recovery
    refreshes: Refreshes
    lease_seconds: float
    commit_seconds: float
    watch_seconds: float

    @asynccontextmanager
    async def running(self, supervisor: Supervisor) -> AsyncIterator[None]:
        """Claims of an earlier run are looked at before anything is admitted."""
        renew_seconds = self.lease_seconds / 3
        async with AsyncExitStack() as stack:
            await self.sender.start()
            stack.push_async_callback(self.sender.close)
            stack.push_async_callback(self.transformer.close)
            await self.claims.renew()
            await self.recovery.watch()
            # Its workers come up beside the rest: most transforms need none, and one that does waits for them.
            works = (
                self.transformer.start,
                self.finisher.run,
                self.admitter.run,
                self.parker.run,
                self.health.run,
                self.announcements.run,
            )
            repeated = (
                every(renew_seconds, self.claims.renew),
                every(self.watch_seconds, self.recovery.watch),
                every(self.commit_seconds, self.settling.tell),
                every(RELIEVE_SECONDS, self.diversion.relieve),
            )
            await stack.enter_async_context(supervisor.running(*works, *repeated))
            yield


def build_engine(
    settings: ExecutorSettings,
    outside: Connections,
    assignments: Assignments,
    table: ConnectorTable,
    supervisor: Supervisor,
    clock: Clock,
    metrics: ExecutorMetrics,
) -> Engine:
    admission, producer, prefix = outside.admission, outside.producer, settings.topic_prefix
    line, places = Line(metrics), Places(settings.max_in_flight, metrics)
    outbox = Outbox(settings.outbox_bytes)
    metrics.outbox_bytes.set_function(lambda: outbox.held_bytes)
    settling = Settling(admission, line)
    claims = Claims(admission, line, supervisor, metrics, lambda: chain(settling.untold, assignments.ended()))
    waiting = Waiting(line)
    recovery = Recovery(
        admission,
        claims,
        outside.open_results,
        clock,
        metrics,
        window_seconds=settings.dedup_seconds,
        budget_seconds=settings.recovery_seconds,
    )
    dead = DeadLetters(producer, prefix + EXECUTE_DEAD.name, clock, metrics)
    finisher = Finisher(
        admission,
        producer,
        prefix + RESULT.name,
        dead,
        settling,
        Recall(outside.open_results),
        line,
        places,
        outbox,
        supervisor,
        clock,
        metrics,
        max_result_bytes=settings.max_result_bytes,
    )
    dead_lettering = DeadLettering(dead, admission, outside.parking, outside.owner, outbox, supervisor)
    parker = Parker(outside.parking, admission, finisher, dead_lettering, line, outside.owner, clock, metrics)
    diversion = Diversion(line, parker, finisher, clock, settings.horizon_seconds)
    announcements = Announcements(producer, prefix + HEALTH.name, clock)
    health = HealthReporter(admission, metrics, announcements.tell)
    guard = AddressGuard(grants=parse_grants(settings.egress_grants), internal_grants=settings.internal_grants)
    sender = LlhttpSender(guard, max_answer_bytes=settings.answer_bytes)
    metrics.answer_bytes.set_function(lambda: sender.answers.held_bytes)
    transformer = Transformer(
        workers=settings.transform_workers,
        most_waiting=settings.transform_queue,
        deadline_seconds=settings.transform_seconds,
        run=supervisor.start,
    )
    authorizer = Authorizer(Keyring.parse(settings.encryption_keys.get_secret_value()))
    renewal = Renewal(table)
    refreshes = Refreshes(outside.registry, supervisor)
    runner = Runner(
        line,
        claims,
        places,
        waiting,
        Caller(sender, authorizer, transformer, clock, metrics, table.workspaces),
        finisher,
        parker,
        health,
        supervisor,
        clock,
        renewal,
        refreshes,
        horizon_seconds=settings.horizon_seconds,
    )
    admitter = Admitter(line, claims, places, waiting, runner, diversion, finisher, outbox, metrics, renewal)
    return Engine(
        line=line,
        claims=claims,
        places=places,
        waiting=waiting,
        drain=Drain(line, claims, waiting, admitter),
        diversion=diversion,
        admitter=admitter,
        finisher=finisher,
        parker=parker,
        health=health,
        announcements=announcements,
        dead=dead,
        dead_lettering=dead_lettering,
        outbox=outbox,
        guard=guard,
        sender=sender,
        transformer=transformer,
        settling=settling,
        recovery=recovery,
        refreshes=refreshes,
        lease_seconds=settings.lease_seconds,
        commit_seconds=settings.commit_seconds,
        watch_seconds=settings.watch_seconds,
    )
