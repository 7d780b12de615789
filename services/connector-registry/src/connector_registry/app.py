"""The composition root: the registry on real servers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import httpx2
from fastapi import FastAPI

from connector_registry import SCHEMA, migrations_dir
from connector_registry.access.postgres import PostgresApiKeyStore
from connector_registry.actions.postgres import PostgresActions
from connector_registry.api import assemble, internal_app
from connector_registry.connectors.postgres import ConnectorPurge, PostgresConnectorStore
from connector_registry.credentials.book import CredentialBook
from connector_registry.credentials.postgres import PostgresCredentialRows, PostgresCredentialStore
from connector_registry.credentials.rotation import Rotation
from connector_registry.credentials.rotation_postgres import PostgresSealedStore
from connector_registry.drafts.postgres import PostgresDraftStore
from connector_registry.examples.postgres import PostgresExampleStore
from connector_registry.executions.executor_client import ExecutorClient, open_client
from connector_registry.executions.postgres import PostgresExecutionTerms
from connector_registry.grants.postgres import PostgresGrantStore
from connector_registry.health.postgres import PostgresFacts
from connector_registry.health.watching import BacklogWatch
from connector_registry.health.watching_postgres import PostgresCeilings
from connector_registry.history.feed.hub import Feed
from connector_registry.history.feed.postgres import PostgresFeed
from connector_registry.history.measuring import PostgresMeasures
from connector_registry.history.postgres import PostgresReading
from connector_registry.metrics import Metrics
from connector_registry.noticing.postgres import PostgresNoticeBoard, PostgresNotices
from connector_registry.oauth.endpoint import GuardedProvider, StoredPermissions
from connector_registry.oauth.postgres import PostgresSignInStore, PostgresTokenStore
from connector_registry.oauth.refresher import Refresher
from connector_registry.oauth.signing_in import SignIns, SignInStore
from connector_registry.outbox.port import MOST_NAMED, Outbox
from connector_registry.outbox.postgres import PostgresOutbox, PostgresOutgoing, Purge
from connector_registry.outbox.publisher import Publisher
from connector_registry.outbox.purging import Purger
from connector_registry.outbox.sender import KafkaSender
from connector_registry.pools import Pools
from connector_registry.relaying.peer import client_of
from connector_registry.settings import Settings
from connector_registry.unfinished.executor import ExecutorUnfinished
from connector_registry.workspaces.postgres import PostgresWorkspaceStore
from connectors_shared.contract.facts import Kind
from connectors_shared.contract.topics import CONFIG
from connectors_shared.egress import AddressGuard, LlhttpSender, parse_grants
from connectors_shared.http.answers.postgres import PostgresIdempotentAnswers, sweep
from connectors_shared.http.audit.postgres import PostgresTrail, forget
from connectors_shared.http.callers import published_keys_of
from connectors_shared.http.internal_pages import internal_pages
from connectors_shared.http.published_keys import FRESH_SECONDS
from connectors_shared.runtime.clock import Clock, SystemClock
from connectors_shared.runtime.health import Check
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import PollLoop, every
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import Work, session
from connectors_shared.runtime.roles import Role
from connectors_shared.runtime.secrets import Keyring
from connectors_shared.runtime.server import Service
from connectors_shared.runtime.supervision import Supervisor

OUTBOX_LATE_SECONDS: Final = 60.0
SWEEP_SECONDS: Final = 3_600.0
"""Between two looks for keys of requests, and sign-ins, that are not kept any more."""
TOKEN_ANSWER_BYTES: Final = 16 * 1024 * 1024

log = get_logger(__name__)


def purges_of(outgoing: PostgresOutgoing) -> Mapping[Kind, Purge]:
    """What is removed for good when a deletion is purged."""
    return {Kind.CONNECTOR: ConnectorPurge(outgoing)}


async def build_service(settings: Settings) -> Service:
    """The registry on real servers; raises KeyringError, MigrationError or what asyncpg raises.

    Kafka may be down: what is saved meanwhile is published when it is back.
    """
    keyring = Keyring.parse(settings.encryption_keys.get_secret_value())
    if settings.migrate:
        await bring_up_to_date(settings.database_url_of(Role.OWNER), migrations_dir(), SCHEMA)
    pools = await Pools.open(settings)
    clock, metrics, topic = SystemClock(), Metrics(), settings.topic_prefix + CONFIG.name
    outgoing, book = PostgresOutgoing(topic), CredentialBook(keyring)
    rows = PostgresCredentialRows(outgoing, book.published)
    grants, workspaces = PostgresGrantStore(pools.app, outgoing), PostgresWorkspaceStore(pools.app, outgoing)
    outbox = PostgresOutbox(pools.worker, purges_of(outgoing))
    transactional_id = settings.topic_prefix + "connectors-registry"
    sender = KafkaSender(settings.kafka_bootstrap_servers, topic, transactional_id)
    publisher = Publisher(outbox, sender, metrics, clock, settings.publish_wait_seconds)
    to_providers = token_sender(settings)
    permissions = StoredPermissions(grants, workspaces, to_providers.guard)
    tokens = PostgresTokenStore(pools.tokens, pools.worker, rows)
    provider = GuardedProvider(to_providers, permissions)
    refresher = Refresher(tokens, provider, book, publisher, clock, metrics)
    sign_ins = PostgresSignInStore(pools.app, pools.worker, rows)
    rotation = Rotation(
        PostgresSealedStore(pools.app, pools.worker, rows), book.sealed_anew, keyring.first, keyring.former, metrics
    )
    drafts = PostgresDraftStore(pools.app, pools.worker)
    feed = Feed(PostgresFeed(pools.app, pools.worker), clock)
    published_keys = published_keys_of(settings, clock)
    renewing = [every(FRESH_SECONDS, published_keys.renew)] if published_keys else []
    to_executor = executor_connection(settings)
    executor = ExecutorClient(to_executor) if to_executor else None
    watch = executor and BacklogWatch(executor, PostgresCeilings(pools.worker), PostgresNoticeBoard(pools.worker))
    to_mapper = client_of(settings.mapper_url) if settings.mapper_url else None
    to_engine = client_of(settings.flows_url) if settings.flows_url else None

    async def sweep_expired() -> None:
        await sweep(pools.worker)
        await forget(pools.worker, settings.audit_days)
        await sign_ins.sweep(clock.now())
        await drafts.sweep(clock.now())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        supervisor = Supervisor()
        await to_providers.start()
        watching = [PollLoop("backlogs.look", watch.look).run] if watch else []
        try:
            async with (
                supervisor.running(
                    publisher.run,
                    Purger(outbox, clock).run,
                    every(SWEEP_SECONDS, sweep_expired),
                    PollLoop("secrets.seal_anew", rotation.look).run,
                    feed.run,
                    *watching,
                    *renewing,
                ),
                refresher.finishing(),
                supervisor.running(refresher.run),
            ):
                log.info("registry.started", topic=topic)
                yield
        finally:
            await to_providers.close()
            for client in (to_executor, to_mapper, to_engine):
                if client is not None:
                    await client.aclose()
            if published_keys is not None:
                await published_keys.close()
            await sender.close()
            await pools.close()

    checks, impairments = _checks(pools.app), _impairments(outbox, sender, publisher)
    api = assemble(
        settings,
        keyring,
        PostgresConnectorStore(pools.app, rows, outgoing),
        PostgresCredentialStore(pools.app, rows),
        publisher,
        PostgresIdempotentAnswers(lambda: pools.app),
        workspaces=workspaces,
        grants=grants,
        history=PostgresReading(pools.app),
        feed=feed,
        measures=PostgresMeasures(pools.app),
        actions=PostgresActions(pools.app),
        terms=PostgresExecutionTerms(pools.app),
        examples=PostgresExampleStore(pools.app),
        drafts=drafts,
        api_keys=PostgresApiKeyStore(pools.app, pools.keys),
        trail=PostgresTrail(lambda: pools.app),
        notices=PostgresNotices(pools.app),
        facts=PostgresFacts(pools.app),
        statuses=executor,
        clock=clock,
        metrics=metrics,
        executions=executor,
        trials=executor,
        unfinished=ExecutorUnfinished(to_executor),
        mapper=to_mapper,
        engine=to_engine,
        checks=checks,
        impairments=impairments,
        lifespan=lifespan,
        sign_ins=_sign_ins(settings, sign_ins, refresher, book, clock),
        published_keys=published_keys,
    )
    for_executors = internal_app(settings, refresher, metrics)
    pages = internal_pages(api, checks, metrics.registry, impairments, for_executors)
    return Service(api, pages, at_stop=feed.close)


def _sign_ins(
    settings: Settings, store: SignInStore, refresher: Refresher, book: CredentialBook, clock: Clock
) -> SignIns | None:
    """None as long as nobody has said where browsers reach the registry."""
    if settings.public_url is None:
        return None
    return SignIns(store, refresher, book, clock, settings.public_url, frozenset(settings.allowed_origins))


def token_sender(settings: Settings) -> LlhttpSender:
    """To token endpoints. Raises ValueError for grants that cannot be read."""
    guard = AddressGuard(grants=parse_grants(settings.egress_grants), internal_grants=settings.internal_grants)
    return LlhttpSender(guard, max_answer_bytes=TOKEN_ANSWER_BYTES, user_agent="connectors-registry")


def executor_connection(settings: Settings) -> httpx2.AsyncClient | None:
    """To the executor's internal API; None unless both its address and its token are set."""
    if settings.executor_url is None or settings.executor_token is None:
        return None
    return open_client(settings.executor_url, settings.executor_token)


def _checks(pool: asyncpg.Pool) -> dict[str, Check]:
    async def postgres() -> str | None:
        async with session(pool, {}, Work.READ):
            return None

    return {"postgres": postgres}


def _impairments(outbox: Outbox, sender: KafkaSender, publisher: Publisher) -> dict[str, Check]:
    """Without Kafka everything is answered, and what is saved is published later."""

    async def kafka() -> str | None:
        return publisher.fault or await sender.ping()

    async def outbox_lag() -> str | None:
        rows, age_seconds = await outbox.waiting()
        late = age_seconds > OUTBOX_LATE_SECONDS
        return f"{rows} messages wait, the oldest for {age_seconds:.0f} s" if late else None

    async def set_aside() -> str | None:
        keys = await outbox.refused(MOST_NAMED + 1)
        more = " and others" if len(keys) > MOST_NAMED else ""
        named = ", ".join(keys[:MOST_NAMED]) + more
        return f"Kafka refuses {named}: too large; they are saved, and never published as they are" if keys else None

    return {"kafka": kafka, "outbox": outbox_lag, "set_aside": set_aside}
