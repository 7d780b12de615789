"""The composition root: the only place that builds things."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Self

import asyncpg
import httpx2
from fastapi import APIRouter, Depends, FastAPI

from connector_registry import SCHEMA, migrations_dir
from connector_registry.access.authenticating import or_api_key
from connector_registry.access.port import ApiKeyStore
from connector_registry.access.postgres import PostgresApiKeyStore
from connector_registry.access.routes import access_router
from connector_registry.access.service import KeyRing
from connector_registry.actions.port import ActionStore
from connector_registry.actions.postgres import PostgresActions
from connector_registry.actions.routes import actions_router
from connector_registry.actions.service import ActionCatalogue
from connector_registry.audit.routes import registry_audit_router
from connector_registry.connectors.port import ConnectorStore
from connector_registry.connectors.postgres import ConnectorPurge, PostgresConnectorStore
from connector_registry.connectors.routes import connectors_router
from connector_registry.connectors.service import Catalogue
from connector_registry.connectors.template_routes import templates_router
from connector_registry.console.files import ConsoleFiles
from connector_registry.console.routes import console_router
from connector_registry.contacts.forwarding import UPLOADS, mapper_client
from connector_registry.contacts.routes import contacts_router
from connector_registry.credentials.book import CredentialBook
from connector_registry.credentials.port import CredentialStore
from connector_registry.credentials.postgres import PostgresCredentialRows, PostgresCredentialStore
from connector_registry.credentials.routes import credentials_router
from connector_registry.credentials.service import Vault
from connector_registry.examples.port import ExampleStore
from connector_registry.examples.postgres import PostgresExampleStore
from connector_registry.examples.routes import examples_router
from connector_registry.examples.service import ExampleBook
from connector_registry.executions.executor_client import ExecutorClient, open_client
from connector_registry.executions.port import Executions, ExecutionTerms
from connector_registry.executions.postgres import PostgresExecutionTerms
from connector_registry.executions.routes import executions_router
from connector_registry.executions.service import Runner
from connector_registry.grants.port import GrantStore
from connector_registry.grants.postgres import PostgresGrantStore
from connector_registry.grants.routes import grants_router
from connector_registry.grants.service import GrantBook
from connector_registry.health.port import KnownFacts, Statuses
from connector_registry.health.postgres import PostgresFacts
from connector_registry.health.routes import health_router
from connector_registry.health.service import HealthDesk
from connector_registry.health.watching import BacklogWatch
from connector_registry.health.watching_postgres import PostgresCeilings
from connector_registry.history.feed.hub import Feed
from connector_registry.history.feed.postgres import PostgresFeed
from connector_registry.history.feed.routes import feed_router
from connector_registry.history.measure_routes import metrics_router
from connector_registry.history.measures import Measures
from connector_registry.history.measuring import PostgresMeasures
from connector_registry.history.postgres import PostgresReading
from connector_registry.history.reading import Reading
from connector_registry.history.routes import history_router
from connector_registry.kinds.routes import kinds_router
from connector_registry.metrics import Metrics
from connector_registry.notices.routes import notices_router
from connector_registry.noticing.notice import Notices
from connector_registry.noticing.postgres import PostgresNoticeBoard, PostgresNotices
from connector_registry.oauth.endpoint import GuardedProvider, StoredPermissions
from connector_registry.oauth.internal import refresh_router
from connector_registry.oauth.postgres import PostgresSignInStore, PostgresTokenStore
from connector_registry.oauth.refresher import AT_ONCE, Refresher
from connector_registry.oauth.routes import oauth_router
from connector_registry.oauth.signing_in import SignIns, SignInStore
from connector_registry.outbox.port import MOST_NAMED, Announcements, Outbox
from connector_registry.outbox.postgres import PostgresOutbox, PostgresOutgoing, Purge
from connector_registry.outbox.publisher import Publisher
from connector_registry.outbox.purging import Purger
from connector_registry.outbox.sender import KafkaSender
from connector_registry.sessions.cookie import CookieSessions
from connector_registry.sessions.links import SignInLinks
from connector_registry.sessions.routes import sessions_router
from connector_registry.settings import Settings
from connector_registry.trials.building import Workbench
from connector_registry.trials.building_routes import building_router
from connector_registry.trials.port import TrialRunner
from connector_registry.trials.routes import trials_router
from connector_registry.trials.service import TrialDesk
from connector_registry.unfinished.executor import ExecutorUnfinished
from connector_registry.unfinished.port import Unfinished
from connector_registry.unfinished.routes import unfinished_router
from connector_registry.unfinished.service import UnfinishedDesk
from connector_registry.workspaces.port import WorkspaceStore
from connector_registry.workspaces.postgres import PostgresWorkspaceStore
from connector_registry.workspaces.routes import workspaces_router
from connector_registry.workspaces.service import WorkspaceSettings
from connectors_shared.contract.facts import Kind
from connectors_shared.contract.topics import CONFIG
from connectors_shared.egress import AddressGuard, AiohttpSender, parse_grants
from connectors_shared.http.access import Access
from connectors_shared.http.answers.postgres import PostgresIdempotentAnswers, sweep
from connectors_shared.http.api import Lifespan, rest_api
from connectors_shared.http.audit.postgres import PostgresTrail, forget
from connectors_shared.http.audit.trail import Trail
from connectors_shared.http.callers import authenticator_of, published_keys_of
from connectors_shared.http.idempotency import Idempotency, IdempotentAnswers
from connectors_shared.http.internal import EXECUTOR, InternalApiOffError, NotThisCallerError, internal_caller
from connectors_shared.http.internal_pages import internal_pages
from connectors_shared.http.passing_on import FIELD_MAPPER, REGISTRY, PassingOn
from connectors_shared.http.problems import problem_responses
from connectors_shared.http.published_keys import FRESH_SECONDS, PublishedKeys
from connectors_shared.http.request_limits import RequestLimits
from connectors_shared.runtime.clock import Clock, SystemClock
from connectors_shared.runtime.health import Check, public_health_routes
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import PollLoop, every
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import Work, new_pool, session
from connectors_shared.runtime.roles import Role
from connectors_shared.runtime.secrets import Keyring
from connectors_shared.runtime.server import Service
from connectors_shared.runtime.supervision import Supervisor

ABOUT: Final = "Connector definitions, their credentials and versions."
ABOUT_INTERNAL: Final = "For executors, each caller with a secret of its own."
OUTBOX_LATE_SECONDS: Final = 60.0
SWEEP_SECONDS: Final = 3_600.0
"""Between two looks for keys of requests, and sign-ins, that are not kept any more."""
KEY_CONNECTIONS: Final = 4
"""Of which each look-up of an API key takes one for less than a millisecond."""
WORKER_CONNECTIONS: Final = 6
"""One sends, one purges, one looks at what waits, one for tokens that are due, one for the feed, one for backlogs."""
TOKEN_ANSWER_BYTES: Final = 16 * 1024 * 1024

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pools:
    """`app` answers requests, `worker` publishes and purges, `tokens` wait for providers with a token locked, and
    `keys` find out who presents an API key."""

    app: asyncpg.Pool
    worker: asyncpg.Pool
    tokens: asyncpg.Pool
    keys: asyncpg.Pool

    @classmethod
    async def open(cls, settings: Settings) -> Self:
        """Raises what asyncpg raises."""
        app_url, worker_url = settings.database_url_of(Role.APP), settings.database_url_of(Role.WORKER)
        return cls(
            await new_pool(app_url, schema=SCHEMA, role=Role.APP, work=Work.WRITE, max_size=settings.pool_size),
            await new_pool(worker_url, schema=SCHEMA, role=Role.WORKER, max_size=WORKER_CONNECTIONS),
            await new_pool(app_url, schema=SCHEMA, role=Role.APP, max_size=AT_ONCE),
            await new_pool(app_url, schema=SCHEMA, role=Role.APP, work=Work.READ, max_size=KEY_CONNECTIONS),
        )

    async def close(self) -> None:
        for pool in (self.app, self.worker, self.tokens, self.keys):
            await pool.close()


@dataclass(frozen=True, slots=True)
class Parts:
    """What features are built of. `executions`, `trials`, `feed` or `mapper` None: those do not answer here; without
    `statuses` no executor is asked about health."""

    connectors: ConnectorStore
    vault: CredentialStore
    credentials: CredentialBook
    announcements: Announcements
    executions: Executions | None
    trials: TrialRunner | None
    examples: ExampleStore
    mapper: httpx2.AsyncClient | None
    to_mapper: PassingOn | None
    api_keys: ApiKeyStore
    terms: ExecutionTerms
    limits: RequestLimits
    workspaces: WorkspaceStore
    grants: GrantStore
    history: Reading
    unfinished: Unfinished
    feed: Feed | None
    measures: Measures
    actions: ActionStore
    internal_grants: bool
    access: Access
    idempotency: Idempotency
    clock: Clock
    metrics: Metrics
    sign_ins: SignIns | None
    trail: Trail
    notices: Notices
    facts: KnownFacts
    statuses: Statuses | None
    links: SignInLinks
    secure: bool
    """Browsers reach it over TLS alone."""


def _catalogue(parts: Parts) -> Catalogue:
    return Catalogue(parts.connectors, parts.credentials, parts.announcements, parts.clock)


def _connectors(parts: Parts) -> APIRouter:
    catalogue = _catalogue(parts)
    router = APIRouter()
    router.include_router(connectors_router(catalogue, parts.credentials, parts.access, parts.idempotency))
    router.include_router(templates_router(catalogue, parts.access))
    return router


def _credentials(parts: Parts) -> APIRouter:
    vault = Vault(parts.vault, parts.credentials, parts.announcements, parts.clock)
    return credentials_router(vault, parts.credentials, parts.access, parts.idempotency)


def _oauth(parts: Parts) -> APIRouter:
    return oauth_router(parts.sign_ins, parts.access)


def _kinds(parts: Parts) -> APIRouter:
    return kinds_router(parts.access)


def _executions(parts: Parts) -> APIRouter:
    runner = Runner(parts.terms, parts.executions, parts.limits, parts.metrics, parts.trail)
    return executions_router(runner, parts.access)


def _trials(parts: Parts) -> APIRouter:
    catalogue = _catalogue(parts)
    router = APIRouter()
    router.include_router(trials_router(TrialDesk(catalogue, parts.trials, parts.trail), parts.access))
    router.include_router(building_router(Workbench(catalogue, parts.examples, parts.trials), parts.access))
    return router


def _examples(parts: Parts) -> APIRouter:
    return examples_router(ExampleBook(parts.examples, _catalogue(parts), parts.clock), parts.access, parts.idempotency)


def _contacts(parts: Parts) -> APIRouter:
    return contacts_router(parts.mapper, parts.access, parts.to_mapper)


def _access(parts: Parts) -> APIRouter:
    return access_router(KeyRing(parts.api_keys, parts.clock), parts.access)


def _workspaces(parts: Parts) -> APIRouter:
    return workspaces_router(
        WorkspaceSettings(parts.workspaces, parts.announcements, parts.limits, parts.clock), parts.access
    )


def _grants(parts: Parts) -> APIRouter:
    book = GrantBook(
        parts.grants, parts.connectors, parts.announcements, parts.clock, internal_grants=parts.internal_grants
    )
    return grants_router(book, parts.access, parts.idempotency)


def _history(parts: Parts) -> APIRouter:
    router, history = APIRouter(), history_router(parts.history, parts.access)
    history.include_router(metrics_router(parts.measures, parts.access, parts.clock))
    if parts.feed is not None:
        router.include_router(feed_router(parts.feed, parts.access))
    router.include_router(history)
    return router


def _actions(parts: Parts) -> APIRouter:
    return actions_router(ActionCatalogue(parts.actions, parts.clock), parts.access)


def _unfinished(parts: Parts) -> APIRouter:
    return unfinished_router(UnfinishedDesk(parts.unfinished, parts.history, parts.trail), parts.access)


def _audit(parts: Parts) -> APIRouter:
    return registry_audit_router(parts.trail, parts.access)


def _notices(parts: Parts) -> APIRouter:
    return notices_router(parts.notices, parts.access)


def _health(parts: Parts) -> APIRouter:
    return health_router(HealthDesk(parts.facts, parts.statuses), parts.access)


def _sessions(parts: Parts) -> APIRouter:
    return sessions_router(parts.links, parts.access, secure=parts.secure)


def _console(_parts: Parts) -> APIRouter:
    return console_router(ConsoleFiles())


FEATURES: Final[Mapping[str, Callable[[Parts], APIRouter]]] = {
    "connectors": _connectors,
    "credentials": _credentials,
    "oauth": _oauth,
    "kinds": _kinds,
    "executions": _executions,
    "trials": _trials,
    "examples": _examples,
    "contacts": _contacts,
    "workspaces": _workspaces,
    "grants": _grants,
    "history": _history,
    "access": _access,
    "actions": _actions,
    "unfinished": _unfinished,
    "audit": _audit,
    "notices": _notices,
    "health": _health,
    "sessions": _sessions,
    "console": _console,
}
"""By folder. Each imports the kit, the outbox and the ports of others, and nothing else of them (`.importlinter`)."""


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
    feed = Feed(PostgresFeed(pools.app, pools.worker), clock)
    published_keys = published_keys_of(settings, clock)
    renewing = [every(FRESH_SECONDS, published_keys.renew)] if published_keys else []
    to_executor = executor_connection(settings)
    executor = ExecutorClient(to_executor) if to_executor else None
    watch = executor and BacklogWatch(executor, PostgresCeilings(pools.worker), PostgresNoticeBoard(pools.worker))
    to_mapper = mapper_client(settings.mapper_url) if settings.mapper_url else None

    async def sweep_expired() -> None:
        await sweep(pools.worker)
        await forget(pools.worker, settings.audit_days)
        await sign_ins.sweep(clock.now())

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
            for client in (to_executor, to_mapper):
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
        PostgresCredentialStore(pools.app, outgoing, book.published),
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
        checks=checks,
        impairments=impairments,
        lifespan=lifespan,
        sign_ins=_sign_ins(settings, sign_ins, refresher, book, clock),
        published_keys=published_keys,
    )
    for_executors = internal_app(settings, refresher, metrics)
    pages = internal_pages(api, checks, metrics.registry, impairments, for_executors)
    return Service(api, pages, at_stop=feed.close)


def internal_app(settings: Settings, refresher: Refresher, metrics: Metrics) -> FastAPI:
    """What executors ask for, below `/internal` of the internal port."""
    app = rest_api("connectors-registry", "Connectors registry, internally", ABOUT_INTERNAL, metrics.http)
    caller = Depends(internal_caller(settings.identities, EXECUTOR))
    refused = problem_responses(InternalApiOffError, NotThisCallerError)
    app.include_router(refresh_router(refresher), dependencies=[caller], responses=refused)
    return app


def assemble(
    settings: Settings,
    keyring: Keyring,
    store: ConnectorStore,
    vault: CredentialStore,
    announcements: Announcements,
    answers: IdempotentAnswers,
    *,
    workspaces: WorkspaceStore,
    grants: GrantStore,
    history: Reading,
    measures: Measures,
    actions: ActionStore,
    terms: ExecutionTerms,
    examples: ExampleStore,
    api_keys: ApiKeyStore,
    trail: Trail,
    notices: Notices,
    facts: KnownFacts,
    clock: Clock,
    metrics: Metrics,
    executions: Executions | None = None,
    trials: TrialRunner | None = None,
    unfinished: Unfinished | None = None,
    feed: Feed | None = None,
    statuses: Statuses | None = None,
    mapper: httpx2.AsyncClient | None = None,
    checks: Mapping[str, Check] | None = None,
    impairments: Mapping[str, Check] | None = None,
    lifespan: Lifespan | None = None,
    sign_ins: SignIns | None = None,
    published_keys: PublishedKeys | None = None,
) -> FastAPI:
    """The REST API over any store."""
    app = rest_api(
        "connectors-registry",
        "Connectors registry",
        ABOUT,
        metrics.http,
        lifespan,
        allowed_origins=settings.allowed_origins,
        uploads=UPLOADS,
        trusted_proxies=settings.trusted_proxies,
    )
    limits = RequestLimits(settings.requests_per_minute, clock)
    access = Access(or_api_key(api_keys, clock, authenticator_of(settings, published_keys)), limits)
    parts = Parts(
        connectors=store,
        vault=vault,
        credentials=CredentialBook(keyring),
        announcements=announcements,
        executions=executions,
        trials=trials,
        examples=examples,
        mapper=mapper,
        to_mapper=PassingOn(REGISTRY, FIELD_MAPPER, settings.mapper_token) if settings.mapper_token else None,
        api_keys=api_keys,
        access=access,
        idempotency=Idempotency(access, answers, settings.fingerprint_key),
        terms=terms,
        limits=limits,
        workspaces=workspaces,
        grants=grants,
        history=history,
        feed=feed,
        unfinished=unfinished or ExecutorUnfinished(None),
        measures=measures,
        actions=actions,
        internal_grants=settings.internal_grants,
        clock=clock,
        metrics=metrics,
        sign_ins=sign_ins,
        trail=trail,
        notices=notices,
        facts=facts,
        statuses=statuses,
        links=SignInLinks(
            settings.jwt_secret.get_secret_value() if settings.jwt_secret else None, settings.jwt_audience, answers
        ),
        secure=(settings.public_url or "").startswith("https:"),
    )
    for feature in FEATURES.values():
        app.include_router(feature(parts))
    app.router.routes.extend(public_health_routes(checks or {}, impairments))
    app.add_middleware(CookieSessions)
    return app


def _sign_ins(
    settings: Settings, store: SignInStore, refresher: Refresher, book: CredentialBook, clock: Clock
) -> SignIns | None:
    """None as long as nobody has said where browsers reach the registry."""
    if settings.public_url is None:
        return None
    return SignIns(store, refresher, book, clock, settings.public_url, frozenset(settings.allowed_origins))


def token_sender(settings: Settings) -> AiohttpSender:
    """To token endpoints. Raises ValueError for grants that cannot be read."""
    guard = AddressGuard(grants=parse_grants(settings.egress_grants), internal_grants=settings.internal_grants)
    return AiohttpSender(guard, max_answer_bytes=TOKEN_ANSWER_BYTES, user_agent="connectors-registry")


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
