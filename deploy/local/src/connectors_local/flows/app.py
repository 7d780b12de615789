"""The composition root: everything of the flow engine is built and connected here."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import httpx2
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from connectors_client import Feed
from connectors_local.flows import SCHEMA, migrations_dir
from connectors_local.flows.connectors import Connectors, RestConnectors
from connectors_local.flows.contacts import RestContacts
from connectors_local.flows.effects import Effects
from connectors_local.flows.engine import EFFECTS_AT_ONCE, Engine
from connectors_local.flows.inbox import RunInbox, wanted
from connectors_local.flows.sending import KafkaSender
from connectors_local.flows.settings import FlowSettings
from connectors_local.flows.store.postgres import PostgresFlows, PostgresRuns
from connectors_local.tokens import engine_token
from connectors_shared.runtime.clock import Clock, SystemClock
from connectors_shared.runtime.health import Check
from connectors_shared.runtime.lazy_api import service_with_lazy_api
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import every
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.outgoing import record_producer
from connectors_shared.runtime.postgres import Work, new_pool, session
from connectors_shared.runtime.roles import Role
from connectors_shared.runtime.server import Service
from connectors_shared.runtime.supervision import Supervisor

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.applications import Starlette

    from connectors_local.flows.store.port import FlowStore

SERVICE: Final = "connectors-flows"
FORGET_SECONDS: Final = 3_600.0
log = get_logger(__name__)


async def build_service(settings: FlowSettings) -> Service:
    """The engine; its lifespan migrates, connects, and goes on with the runs that are there. Without Kafka it serves,
    and goes on when that is back."""
    clock, metrics, supervisor, parts = SystemClock(), CollectorRegistry(), Supervisor(), _Parts()

    @asynccontextmanager
    async def lifespan(_app: "Starlette") -> AsyncIterator[None]:
        if settings.migrate:
            await bring_up_to_date(settings.database_url_of(Role.OWNER), migrations_dir(), SCHEMA)
        async with AsyncExitStack() as stack:
            await parts.open(settings, stack)
            engine = await _engine(settings, parts, clock, stack)
            parts.wake = engine.wake
            parts.connectors = await _connectors(settings, stack)
            works = [engine.run_advancing, engine.run_publishing, *[engine.work_off] * EFFECTS_AT_ONCE]
            inbox = RunInbox(PostgresRuns(parts.worker), clock, engine.wake)
            feed = Feed(
                settings.kafka_bootstrap_servers,
                settings.topic_prefix + SERVICE,
                inbox.take,
                topic_prefix=settings.topic_prefix,
                wanted=wanted,
                instance_id=settings.group_instance_id,
            )
            parts.feed = feed
            forgetting = every(FORGET_SECONDS, engine.forget)
            await stack.enter_async_context(supervisor.running(*works, feed.run, forgetting))
            log.info("service.started", port=settings.port)
            yield
            log.info("service.stopping")

    def load() -> ASGIApp:
        return flows_api(settings, PostgresFlows(parts.app), clock, metrics, parts.woken, parts.connectors)

    checks: dict[str, Check] = {"postgres": parts.postgres}
    impairments: dict[str, Check] = {"kafka": parts.kafka}
    return Service(service_with_lazy_api(lifespan, checks, metrics, load, impairments))


class _Parts:
    """What the lifespan opens, and requests use."""

    def __init__(self) -> None:
        self.app: Any = None
        self.worker: Any = None
        self.feed: Feed | None = None
        self.connectors: Connectors | None = None
        self.wake: Any = None

    async def open(self, settings: FlowSettings, stack: AsyncExitStack) -> None:
        for role, work in ((Role.APP, Work.WRITE), (Role.WORKER, Work.BACKGROUND)):
            pool = await new_pool(
                settings.database_url_of(role), schema=SCHEMA, role=role, work=work, max_size=settings.pool_size
            )
            stack.push_async_callback(pool.close)
            setattr(self, role.value, pool)

    def woken(self) -> None:
        if self.wake is not None:
            self.wake()

    async def postgres(self) -> str | None:
        async with session(self.app, {}, Work.READ):
            return None

    async def kafka(self) -> str | None:
        here = self.feed is not None and self.feed.assigned.is_set()
        return None if here else "no partitions of the topics yet"


async def _engine(settings: FlowSettings, parts: _Parts, clock: Clock, stack: AsyncExitStack) -> Engine:
    client = await stack.enter_async_context(_client(settings.mapper_url))
    runs = PostgresRuns(parts.worker)
    effects = Effects(runs, RestContacts(client, _tokens(settings)), clock)
    sender = KafkaSender(
        lambda: record_producer(settings.kafka_bootstrap_servers, SERVICE, settings.topic_prefix), settings.topic_prefix
    )
    stack.push_async_callback(sender.close)
    return Engine(runs, effects, sender, clock, timedelta(days=settings.retention_days))


async def _connectors(settings: FlowSettings, stack: AsyncExitStack) -> Connectors | None:
    if settings.registry_url is None:
        return None
    return RestConnectors(await stack.enter_async_context(_client(settings.registry_url)), _tokens(settings))


def _client(url: str) -> httpx2.AsyncClient:
    # trust_env: a proxy of the machine must not come between the engine and its own network.
    return httpx2.AsyncClient(base_url=url, trust_env=False)


def _tokens(settings: FlowSettings) -> Callable[[UUID], str]:
    return partial(engine_token, settings.jwt_secret.get_secret_value())


def flows_api(
    settings: FlowSettings,
    store: "FlowStore",
    clock: Clock,
    metrics: CollectorRegistry,
    wake: Any,
    connectors: Connectors | None,
) -> "FastAPI":
    """The REST API over any store; loaded by the first who asks, since its framework costs more than all the rest."""
    from connectors_local.flows.http.api import build_api

    return build_api(settings, store, clock, metrics, wake, connectors)
