"""The features of the REST API, and what they are built of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import httpx2
from fastapi import APIRouter

from connector_registry.access.port import ApiKeyStore
from connector_registry.access.routes import access_router
from connector_registry.access.service import KeyRing
from connector_registry.actions.port import ActionStore
from connector_registry.actions.routes import actions_router
from connector_registry.actions.service import ActionCatalogue
from connector_registry.audit.routes import registry_audit_router
from connector_registry.connectors.port import ConnectorStore
from connector_registry.connectors.routes import connectors_router
from connector_registry.connectors.service import Catalogue
from connector_registry.connectors.template_routes import templates_router
from connector_registry.console.files import ConsoleFiles
from connector_registry.console.routes import console_router
from connector_registry.contacts.routes import contacts_router
from connector_registry.credentials.book import CredentialBook
from connector_registry.credentials.port import CredentialStore
from connector_registry.credentials.routes import credentials_router
from connector_registry.credentials.service import Vault
from connector_registry.drafts.port import DraftStore
from connector_registry.drafts.routes import drafts_router
from connector_registry.drafts.service import DraftDesk
from connector_registry.examples.port import ExampleStore
from connector_registry.examples.redaction import without_secrets_of_test
from connector_registry.examples.routes import examples_router
from connector_registry.examples.service import ExampleBook
from connector_registry.executions.port import Executions, ExecutionTerms
from connector_registry.executions.routes import executions_router
from connector_registry.executions.service import Runner
from connector_registry.flows.routes import flows_router
from connector_registry.grants.port import GrantStore
from connector_registry.grants.routes import grants_router
from connector_registry.grants.service import GrantBook
from connector_registry.health.port import KnownFacts, Statuses
from connector_registry.health.routes import health_router
from connector_registry.health.service import HealthDesk
from connector_registry.history.feed.hub import Feed
from connector_registry.history.feed.routes import feed_router
from connector_registry.history.measure_routes import metrics_router
from connector_registry.history.measures import Measures
from connector_registry.history.reading import Reading
from connector_registry.history.routes import history_router
from connector_registry.kinds.routes import kinds_router
from connector_registry.metrics import Metrics
from connector_registry.notices.routes import notices_router
from connector_registry.noticing.notice import Notices
from connector_registry.oauth.routes import oauth_router
from connector_registry.oauth.signing_in import SignIns
from connector_registry.outbox.port import Announcements
from connector_registry.sessions.links import SignInLinks
from connector_registry.sessions.routes import sessions_router
from connector_registry.trials.building import Workbench
from connector_registry.trials.building_routes import building_router
from connector_registry.trials.port import TrialRunner
from connector_registry.trials.routes import trials_router
from connector_registry.trials.service import TrialDesk
from connector_registry.unfinished.port import Unfinished
from connector_registry.unfinished.routes import unfinished_router
from connector_registry.unfinished.service import UnfinishedDesk
from connector_registry.workspaces.port import WorkspaceStore
from connector_registry.workspaces.routes import workspaces_router
from connector_registry.workspaces.service import WorkspaceSettings
from connectors_shared.http.access import Access
from connectors_shared.http.audit.trail import Trail
from connectors_shared.http.idempotency import Idempotency
from connectors_shared.http.passing_on import PassingOn
from connectors_shared.http.request_limits import RequestLimits
from connectors_shared.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class Parts:
    """What features are built of. `executions`, `trials`, `feed`, `mapper` or `engine` (of flows) None: those do not
    answer here; without `statuses` no executor is asked about health."""

    connectors: ConnectorStore
    vault: CredentialStore
    credentials: CredentialBook
    announcements: Announcements
    executions: Executions | None
    trials: TrialRunner | None
    examples: ExampleStore
    drafts: DraftStore
    mapper: httpx2.AsyncClient | None
    to_mapper: PassingOn | None
    engine: httpx2.AsyncClient | None
    to_engine: PassingOn | None
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
    router.include_router(templates_router(catalogue, parts.access, parts.idempotency))
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
    router.include_router(trials_router(TrialDesk(catalogue, parts.grants, parts.trials, parts.trail), parts.access))
    router.include_router(building_router(Workbench(catalogue, parts.examples, parts.trials), parts.access))
    return router


def _examples(parts: Parts) -> APIRouter:
    return examples_router(ExampleBook(parts.examples, _catalogue(parts), parts.clock), parts.access, parts.idempotency)


def _drafts(parts: Parts) -> APIRouter:
    return drafts_router(DraftDesk(parts.drafts, parts.clock, without_secrets_of_test), parts.access, parts.idempotency)


def _contacts(parts: Parts) -> APIRouter:
    return contacts_router(parts.mapper, parts.access, parts.to_mapper)


def _flows(parts: Parts) -> APIRouter:
    return flows_router(parts.engine, parts.access, parts.to_engine)


def _access(parts: Parts) -> APIRouter:
    return access_router(KeyRing(parts.api_keys, parts.clock), parts.access, has_flows=parts.engine is not None)


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
    return unfinished_router(
        UnfinishedDesk(parts.unfinished, parts.history, parts.connectors, parts.trail), parts.access
    )


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
    "drafts": _drafts,
    "contacts": _contacts,
    "flows": _flows,
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
