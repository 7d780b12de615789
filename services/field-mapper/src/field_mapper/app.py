"""The composition root: everything of the field mapper is built and connected here."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from connectors_shared.contract.topics import CONFIG
from connectors_shared.http.access import Access
from connectors_shared.http.api import rest_api
from connectors_shared.http.internal_pages import internal_pages
from connectors_shared.http.request_limits import RequestLimits
from connectors_shared.http.tokens import token_authenticator
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.health import Check, public_health_routes
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.outgoing import record_producer
from connectors_shared.runtime.postgres import new_pool, open_pool
from connectors_shared.runtime.roles import Role
from connectors_shared.runtime.server import Service
from connectors_shared.runtime.supervision import Supervisor
from field_mapper import migrations_dir
from field_mapper.batch import SERVICE, BatchProcessor
from field_mapper.inbound.http import contacts_router, fields_router
from field_mapper.inbound.joining import Joining
from field_mapper.inbound.kafka import ResultConsumer
from field_mapper.inbound.workspaces import WorkspaceReader
from field_mapper.metrics import MapperMetrics
from field_mapper.outbound.fields import CustomFields
from field_mapper.outbound.publisher import KafkaPublisher
from field_mapper.outbound.reading import ContactReader
from field_mapper.outbound.repository import PostgresContacts
from field_mapper.regions import Regions
from field_mapper.retention import forgetting
from field_mapper.retries import Retries
from field_mapper.settings import MapperSettings

SCHEMA = "mapper"
ABOUT = "Contacts and custom fields of a workspace."

READING_SECONDS = 5
"""How long one question of the API may take: whoever asks for much holds up others who ask, and never the writes."""

log = get_logger(__name__)


async def build_service(settings: MapperSettings) -> Service:
    """The service; its lifespan migrates, connects, consumes once Kafka answers, and ends in the opposite order."""
    clock, metrics = SystemClock(), MapperMetrics()
    regions = Regions(settings.phone_region)
    retries, supervisor = Retries(lambda step: metrics.retries.labels(step).inc()), Supervisor()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        owner_url = settings.database_url_of(Role.OWNER)
        if settings.migrate:
            await bring_up_to_date(owner_url, migrations_dir(), SCHEMA)
        async with AsyncExitStack() as stack:
            pool = await open_pool(owner_url, schema=SCHEMA, role=Role.OWNER, max_size=settings.pool_max_size)
            stack.push_async_callback(pool.close)
            reading = await new_pool(
                owner_url,
                schema=SCHEMA,
                role=Role.OWNER,
                max_size=settings.reading_pool_max_size,
                statement_seconds=READING_SECONDS,
            )
            stack.push_async_callback(reading.close)
            contacts = PostgresContacts(pool)

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
            hourly = forgetting(contacts, settings.applied_retention_days, settings.message_retention_days)
            await stack.enter_async_context(supervisor.running(*hourly))
            app.state.contacts, app.state.joining = contacts, joining
            app.state.fields = CustomFields(pool)
            app.state.reader, app.state.regions = ContactReader(reading), regions
            log.info("service.started", port=settings.port)
            yield
            log.info("service.stopping")

    app = rest_api("connectors-field-mapper", "Connectors field mapper", ABOUT, metrics.http, lifespan)
    access = Access(
        token_authenticator(settings.jwt_secret.get_secret_value()),
        RequestLimits(settings.requests_per_minute, clock),
    )
    app.include_router(contacts_router(access, regions, clock))
    app.include_router(fields_router(access))

    async def postgres() -> str | None:
        await app.state.contacts.answers()
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
