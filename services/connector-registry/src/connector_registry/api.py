"""The REST API over any store, and what executors ask for."""

from collections.abc import Mapping
from typing import Final

import httpx2
from fastapi import Depends, FastAPI

from connector_registry.access.authenticating import or_api_key
from connector_registry.access.port import ApiKeyStore
from connector_registry.actions.port import ActionStore
from connector_registry.connectors.port import ConnectorStore
from connector_registry.contacts.routes import UPLOADS
from connector_registry.credentials.book import CredentialBook
from connector_registry.credentials.port import CredentialStore
from connector_registry.drafts.port import DraftStore
from connector_registry.examples.port import ExampleStore
from connector_registry.executions.port import Executions, ExecutionTerms
from connector_registry.features import FEATURES, Parts
from connector_registry.grants.port import GrantStore
from connector_registry.health.port import KnownFacts, Statuses
from connector_registry.history.feed.hub import Feed
from connector_registry.history.measures import Measures
from connector_registry.history.reading import Reading
from connector_registry.metrics import Metrics
from connector_registry.noticing.notice import Notices
from connector_registry.oauth.internal import refresh_router
from connector_registry.oauth.refresher import Refresher
from connector_registry.oauth.signing_in import SignIns
from connector_registry.outbox.port import Announcements
from connector_registry.sessions.cookie import CookieSessions
from connector_registry.sessions.links import SignInLinks
from connector_registry.settings import Settings
from connector_registry.trials.port import TrialRunner
from connector_registry.unfinished.executor import ExecutorUnfinished
from connector_registry.unfinished.port import Unfinished
from connector_registry.workspaces.port import WorkspaceStore
from connector_registry.workspaces.service import requests_of
from connectors_shared.http.access import Access
from connectors_shared.http.api import Lifespan, rest_api
from connectors_shared.http.audit.trail import Trail
from connectors_shared.http.callers import authenticator_of
from connectors_shared.http.idempotency import Idempotency, IdempotentAnswers
from connectors_shared.http.internal import EXECUTOR, InternalApiOffError, NotThisCallerError, internal_caller
from connectors_shared.http.passing_on import FIELD_MAPPER, FLOW_ENGINE, REGISTRY, PassingOn
from connectors_shared.http.problems import problem_responses
from connectors_shared.http.published_keys import PublishedKeys
from connectors_shared.http.request_limits import RequestLimits
from connectors_shared.http.settled_limits import SettledLimits
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.health import Check, public_health_routes
from connectors_shared.runtime.secrets import Keyring

ABOUT: Final = "Connector definitions, their credentials and versions."
ABOUT_INTERNAL: Final = "For executors, each caller with a secret of its own."


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
    drafts: DraftStore,
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
    engine: httpx2.AsyncClient | None = None,
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
    settled = SettledLimits(limits, requests_of(workspaces), clock)
    access = Access(or_api_key(api_keys, clock, authenticator_of(settings, published_keys)), limits, settled)
    parts = Parts(
        connectors=store,
        vault=vault,
        credentials=CredentialBook(keyring),
        announcements=announcements,
        executions=executions,
        trials=trials,
        examples=examples,
        drafts=drafts,
        mapper=mapper,
        to_mapper=PassingOn(REGISTRY, FIELD_MAPPER, settings.mapper_token) if settings.mapper_token else None,
        engine=engine,
        to_engine=PassingOn(REGISTRY, FLOW_ENGINE, settings.flows_token) if settings.flows_token else None,
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
