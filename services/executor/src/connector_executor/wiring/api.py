"""The internal API. Imported by the first who asks for it: nothing else of the executor needs its framework."""

from fastapi import FastAPI

from connector_executor.dead_letters.kafka_log import kafka_letters
from connector_executor.dead_letters.replay import KafkaReplays
from connector_executor.dead_letters.service import DeadLetterService
from connector_executor.explain import Explainer
from connector_executor.inbound.http import (
    connectors_router,
    dead_letters_router,
    executions_router,
    internal_api,
    parked_router,
    previews_router,
    requests_router,
    trials_router,
    watermarks_router,
)
from connector_executor.inbound.previews import Previews
from connector_executor.inbound.requests import Requests
from connector_executor.inbound.trials import Trials
from connector_executor.lifting import Lifting
from connector_executor.metrics import ExecutorMetrics
from connector_executor.parking.listing import ParkedList
from connector_executor.settings import ExecutorSettings
from connector_executor.wiring.connections import Connections
from connector_executor.wiring.engine import Engine
from connector_executor.wiring.inlets import Inlets
from connectors_shared.contract.dead import LetterKind
from connectors_shared.runtime.clock import Clock


def build_api(
    settings: ExecutorSettings,
    outside: Connections,
    engine: Engine,
    inlets: Inlets,
    clock: Clock,
    metrics: ExecutorMetrics,
) -> FastAPI:
    explainer = Explainer(
        inlets.table,
        outside.admission,
        outside.parking,
        engine.line,
        engine.claims,
        engine.places,
        clock,
        horizon_seconds=settings.horizon_seconds,
    )
    lifting = Lifting(inlets.table, outside.admission, outside.parking, inlets.backlog.wake)
    trials = Trials(
        inlets.table,
        engine.guard.grants,
        engine.line,
        engine.claims,
        engine.waiting,
        engine.outbox,
        clock,
        lambda: inlets.callers.halted,
        max_in_flight=settings.max_in_flight_per_connector,
        most_bytes=settings.max_result_bytes,
    )
    routers = [
        executions_router(inlets.callers),
        trials_router(trials),
        previews_router(Previews(engine.transformer, lambda: inlets.callers.halted)),
        requests_router(Requests(inlets.table.workspaces, lambda: inlets.callers.halted)),
        connectors_router(explainer, inlets.table, outside.parking, lifting, inlets.backlog.wake),
        parked_router(ParkedList(outside.parking, inlets.table, inlets.backlog.wake)),
        dead_letters_router({kind: _letters(kind, settings, outside, metrics) for kind in LetterKind}),
        watermarks_router(inlets.progress.watermarks),
    ]
    return internal_api(settings.identities, routers, metrics.registry)


def _letters(
    kind: LetterKind, settings: ExecutorSettings, outside: Connections, metrics: ExecutorMetrics
) -> DeadLetterService:
    prefix = settings.topic_prefix
    letters = kafka_letters(settings.kafka_bootstrap_servers, prefix + kind.dead.name)
    replays = KafkaReplays(outside.producer, [prefix + topic.name for topic in kind.origins])
    return DeadLetterService(kind, letters, replays, metrics)
