"""The composition root: the only place that builds things."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

import asyncpg
import httpx2
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Lifespan

from connector_registry import SCHEMA, migrations_dir
from connector_registry.connectors.catalogue import Catalogue
from connector_registry.connectors.credentials import CredentialBook
from connector_registry.connectors.ports import Announcements, ConnectorStore, Outbox
from connector_registry.executions.port import Executions
from connector_registry.executions.runner import Runner
from connector_registry.inbound.http.connectors import connectors_router
from connector_registry.inbound.http.executions import executions_router
from connector_registry.inbound.http.kinds import kinds_router
from connector_registry.inbound.http.observer import RequestObserver
from connector_registry.inbound.http.openapi import install_openapi
from connector_registry.metrics import Metrics
from connector_registry.outbound.executor_client import ExecutorClient, open_client
from connector_registry.outbound.kafka_sender import KafkaSender
from connector_registry.outbound.postgres_outbox import PostgresOutbox
from connector_registry.outbound.postgres_store import PostgresConnectorStore
from connector_registry.outbound.publisher import Publisher
from connector_registry.outbound.purging import Purger
from connector_registry.settings import Settings
from connectors_shared.contract.topics import CONFIG
from connectors_shared.runtime.auth import authenticator
from connectors_shared.runtime.clock import Clock, SystemClock
from connectors_shared.runtime.health import Check, health_routes
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.problems import install_problem_handlers
from connectors_shared.runtime.secrets import Keyring

OUTBOX_LATE_SECONDS = 60.0

log = get_logger(__name__)


async def build_app(settings: Settings) -> FastAPI:
    """The registry on real servers; raises KeyringError, MigrationError or what asyncpg raises.

    Kafka may be down: what is saved meanwhile is published when it is back.
    """
    keyring = Keyring.parse(settings.encryption_keys.get_secret_value())
    database_url = settings.database_url.get_secret_value()
    if settings.migrate:
        await bring_up_to_date(database_url, migrations_dir(), SCHEMA)
    pool = await open_pool(database_url, max_size=settings.pool_size)
    clock, metrics, topic = SystemClock(), Metrics(), settings.topic_prefix + CONFIG.name
    outbox = PostgresOutbox(pool)
    transactional_id = settings.topic_prefix + "connectors-registry"
    sender = KafkaSender(settings.kafka_bootstrap_servers, topic, transactional_id)
    publisher = Publisher(outbox, sender, metrics, clock, settings.publish_wait_seconds)
    to_executor = executor_connection(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        works = [asyncio.create_task(work) for work in (publisher.run(), Purger(outbox, clock).run())]
        log.info("registry.started", topic=topic)
        try:
            yield
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)
            if to_executor is not None:
                await to_executor.aclose()
            await sender.close()
            await pool.close()

    checks = _checks(pool, outbox, sender, publisher)
    return assemble(
        settings,
        keyring,
        PostgresConnectorStore(pool, topic),
        publisher,
        clock=clock,
        metrics=metrics,
        executions=ExecutorClient(to_executor) if to_executor else None,
        checks=checks,
        lifespan=lifespan,
    )


def assemble(
    settings: Settings,
    keyring: Keyring,
    store: ConnectorStore,
    announcements: Announcements,
    *,
    clock: Clock,
    metrics: Metrics,
    executions: Executions | None = None,
    checks: dict[str, Check] | None = None,
    lifespan: Lifespan[FastAPI] | None = None,
) -> FastAPI:
    """The REST API over any store."""
    app = FastAPI(
        title="Connectors registry",
        version=version("connectors-registry"),
        description="Connector definitions, their credentials and versions.",
        lifespan=lifespan,
    )
    credentials = CredentialBook(keyring)
    catalogue = Catalogue(store, credentials, announcements, clock)
    authenticate = authenticator(settings.jwt_secret.get_secret_value(), settings.jwt_audience)
    app.include_router(connectors_router(catalogue, credentials, authenticate))
    app.include_router(kinds_router(authenticate))
    app.include_router(executions_router(Runner(store, executions, metrics), authenticate))
    app.router.routes.extend(health_routes(checks or {}, metrics.registry))
    install_problem_handlers(app)
    install_openapi(app)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.allowed_origins,
        allow_methods=["GET", "POST", "PUT", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "If-Match"],
        expose_headers=["ETag", "Location", "Retry-After"],
    )
    app.add_middleware(RequestObserver, metrics=metrics)
    return app


def executor_connection(settings: Settings) -> httpx2.AsyncClient | None:
    """To the executor's internal API; None unless both its address and its token are set."""
    if settings.executor_url is None or settings.internal_token is None:
        return None
    return open_client(settings.executor_url, settings.internal_token)


def _checks(pool: asyncpg.Pool, outbox: Outbox, sender: KafkaSender, publisher: Publisher) -> dict[str, Check]:
    async def postgres() -> str | None:
        async with asyncio.timeout(3):
            await pool.fetchval("SELECT 1")
        return None

    async def kafka() -> str | None:
        return publisher.fault or await sender.ping()

    async def outbox_lag() -> str | None:
        rows, age_seconds = await outbox.waiting()
        late = age_seconds > OUTBOX_LATE_SECONDS
        return f"{rows} messages wait, the oldest for {age_seconds:.0f} s" if late else None

    return {"postgres": postgres, "kafka": kafka, "outbox": outbox_lag}
