"""The composition root: everything of the field mapper is built and connected here."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, Self

import asyncpg
from fastapi import FastAPI, Request

from connectors_shared.contract.topics import CONFIG
from connectors_shared.http.access import Access
from connectors_shared.http.answers.postgres import PostgresIdempotentAnswers
from connectors_shared.http.api import rest_api
from connectors_shared.http.audit.postgres import PostgresTrail
from connectors_shared.http.audit.routes import audit_router
from connectors_shared.http.callers import authenticator_of, published_keys_of
from connectors_shared.http.idempotency import Idempotency
from connectors_shared.http.internal_pages import internal_pages
from connectors_shared.http.passing_on import FIELD_MAPPER, REGISTRY, or_passed_on
from connectors_shared.http.published_keys import FRESH_SECONDS
from connectors_shared.http.request_limits import RequestLimits
from connectors_shared.http.settled_limits import SettledLimits
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.health import Check, public_health_routes
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import every
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.outgoing import record_producer
from connectors_shared.runtime.postgres import Work, new_pool, of_workspaces, session
from connectors_shared.runtime.roles import Role
from connectors_shared.runtime.server import Service
from connectors_shared.runtime.supervision import Supervisor
from field_mapper import migrations_dir
from field_mapper.batch import SERVICE, BatchProcessor
from field_mapper.imports.job import ImportJob
from field_mapper.imports.uploading import Uploads
from field_mapper.inbound.http import (
    UPLOADS,
    contacts_router,
    export_router,
    fields_router,
    imports_router,
    preview_router,
)
from field_mapper.inbound.joining import Joining
from field_mapper.inbound.kafka import ResultConsumer
from field_mapper.inbound.workspaces import WorkspaceReader
from field_mapper.metrics import MapperMetrics
from field_mapper.outbound.fields import CustomFields
from field_mapper.outbound.imports import PostgresImports
from field_mapper.outbound.previewing import PostgresPreviews
from field_mapper.outbound.publisher import KafkaPublisher
from field_mapper.outbound.reading import PLANS, ContactReader
from field_mapper.outbound.repository import PostgresContacts
from field_mapper.outbound.retention import PostgresRetention
from field_mapper.regions import Regions
from field_mapper.retention import forgetting
from field_mapper.retries import Retries
from field_mapper.settings import MapperSettings

SCHEMA = "mapper"
AUDIT_PATH: Final = "/api/contact-audit"
ABOUT = "Contacts and custom fields of a workspace."
BATCH_CONNECTIONS: Final = 4
"""A slice takes one at a time; one that outlasts its assignment, another."""
IMPORTS_AT_ONCE: Final = 2
"""Of one process; each has a connection to write by, and one to look ahead by."""
WORKER_CONNECTIONS: Final = 3
"""One makes room for the days to come, one forgets, one looks for imports."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pools:
    """`batches`, `imports`, `editing` and `reading` are the app's, so that none of them holds up another; `worker`
    forgets, and finds imports.
    """

    batches: asyncpg.Pool
    imports: asyncpg.Pool
    editing: asyncpg.Pool
    reading: asyncpg.Pool
    worker: asyncpg.Pool

    @classmethod
    async def open(cls, settings: MapperSettings, stack: AsyncExitStack) -> Self:
        """Closed by the stack. Raises what asyncpg raises."""

        async def opened(role: Role, work: Work, max_size: int, plans: Mapping[str, str] | None = None) -> asyncpg.Pool:
            url = settings.database_url_of(role)
            pool = await new_pool(url, schema=SCHEMA, role=role, work=work, max_size=max_size, settings=plans)
            stack.push_async_callback(pool.close)
            return pool

        return cls(
            batches=await opened(Role.APP, Work.BACKGROUND, BATCH_CONNECTIONS),
            imports=await opened(Role.APP, Work.BACKGROUND, 2 * IMPORTS_AT_ONCE),
            editing=await opened(Role.APP, Work.WRITE, settings.pool_max_size),
            reading=await opened(Role.APP, Work.READ, settings.reading_pool_max_size, PLANS),
            worker=await opened(Role.WORKER, Work.BACKGROUND, WORKER_CONNECTIONS),
        )

    async def answer(self) -> None:
        """Raises when Postgres does not. Whatever callers have taken, there is a connection to ask by."""
        async with session(self.batches, {}, Work.READ):
            pass


async def build_service(settings: MapperSettings) -> Service:
    """The service; its lifespan migrates, connects, consumes once Kafka answers, and ends in the opposite order."""
    clock, metrics = SystemClock(), MapperMetrics()
    regions = Regions(settings.phone_region)
    published_keys = published_keys_of(settings, clock)
    retries, supervisor = Retries(lambda step: metrics.retries.labels(step).inc()), Supervisor()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if settings.migrate:
            await bring_up_to_date(settings.database_url_of(Role.OWNER), migrations_dir(), SCHEMA)
        async with AsyncExitStack() as stack:
            pools = await Pools.open(settings, stack)
            contacts = PostgresContacts(pools.batches, Work.BACKGROUND)

            @asynccontextmanager
            async def consuming() -> AsyncIterator[KafkaPublisher]:
                sender = record_producer(settings.kafka_bootstrap_servers, SERVICE, settings.topic_prefix)
                publisher, prefix = KafkaPublisher(sender), settings.topic_prefix
                processor = BatchProcessor(contacts, publisher, regions, clock, metrics, retries, prefix)
                consumer = ResultConsumer(settings, processor, retries, clock, metrics, supervisor)
                async with AsyncExitStack() as opened:
                    opened.push_async_callback(sender.stop)
                    await sender.start()
                    await opened.enter_async_context(_following(settings, regions, supervisor))
                    await consumer.start()
                    opened.push_async_callback(consumer.stop)
                    yield publisher

            joining = Joining(consuming, retries, supervisor)
            stack.push_async_callback(joining.stop)
            joining.start()
            retention = PostgresRetention(pools.worker)
            if published_keys is not None:
                stack.push_async_callback(published_keys.close)
                await stack.enter_async_context(supervisor.running(every(FRESH_SECONDS, published_keys.renew)))
            hourly = forgetting(
                retention, settings.applied_retention_days, settings.message_retention_days, settings.audit_days
            )
            await stack.enter_async_context(supervisor.running(*hourly))
            app.state.contacts, app.state.joining = PostgresContacts(pools.editing, Work.WRITE), joining
            app.state.fields = CustomFields(pools.editing)
            imports = PostgresImports(pools.imports, pools.worker)
            jobs = [ImportJob(imports, regions, clock) for _ in range(IMPORTS_AT_ONCE)]
            app.state.imports, app.state.import_jobs = PostgresImports(pools.editing, pools.worker), jobs
            app.state.uploads = Uploads(app.state.imports)
            await stack.enter_async_context(supervisor.running(*(job.run for job in jobs)))
            app.state.reader, app.state.regions = ContactReader(pools.reading), regions
            app.state.previews = PostgresPreviews(pools.reading)
            app.state.pools = pools
            log.info("service.started", port=settings.port)
            yield
            log.info("service.stopping")

    app = rest_api(
        "connectors-field-mapper",
        "Connectors field mapper",
        ABOUT,
        metrics.http,
        lifespan,
        allowed_origins=settings.allowed_origins,
        uploads=UPLOADS,
        trusted_proxies=settings.trusted_proxies,
    )
    passed_on = {REGISTRY: settings.identities.secrets.get(REGISTRY, ())}
    callers = or_passed_on(FIELD_MAPPER, passed_on, authenticator_of(settings, published_keys))
    limits = RequestLimits(settings.requests_per_minute, clock)
    access = Access(callers, limits, SettledLimits(limits, regions.requests_per_minute, clock))
    answers = PostgresIdempotentAnswers(lambda: app.state.pools.editing, lambda workspace: of_workspaces([workspace]))
    idempotency = Idempotency(access, answers, settings.fingerprint_key)
    app.include_router(contacts_router(access, idempotency, regions, clock))
    app.include_router(preview_router(access, regions, clock))
    app.include_router(fields_router(access, idempotency))
    app.include_router(imports_router(access, _wake_imports))
    trail = PostgresTrail(lambda: app.state.pools.editing, lambda workspace: of_workspaces([workspace]))
    app.include_router(export_router(access, regions, trail))
    app.include_router(audit_router(trail, access, AUDIT_PATH))

    async def postgres() -> str | None:
        await app.state.pools.answer()
        return None

    async def kafka() -> str | None:
        problem: str | None = await app.state.joining.problem()
        return problem

    async def batches() -> str | None:
        return retries.problem

    checks: dict[str, Check] = {"postgres": postgres}
    impairments: dict[str, Check] = {"kafka": kafka, "batches": batches}
    app.router.routes.extend(public_health_routes(checks, impairments))
    return Service(app, internal_pages(app, checks, metrics.registry, impairments))


def _wake_imports(request: Request) -> None:
    for job in request.app.state.import_jobs:
        job.wake()


@asynccontextmanager
async def _following(settings: MapperSettings, regions: Regions, supervisor: Supervisor) -> AsyncIterator[None]:
    """What is settled of workspaces is known inside, and what is changed of it soon after."""
    reader = WorkspaceReader(settings.kafka_bootstrap_servers, SERVICE, settings.topic_prefix + CONFIG.name, regions)
    try:
        await reader.start()
        async with supervisor.running(reader.run):
            yield
    finally:
        await reader.stop()
