"""`python -m connectors_local.specs [--check]`: the reference documents, written from the code.

`--check` writes nothing: it exits 1 and names every file that differs from what the code says.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from connector_executor.dead_letters.kafka_log import kafka_letters
from connector_executor.dead_letters.letter import Letter
from connector_executor.dead_letters.service import DeadLetterService
from connector_executor.inbound.http import (
    connectors_router,
    dead_letters_router,
    executions_router,
    internal_api,
    parked_router,
    previews_router,
    trials_router,
    watermarks_router,
)
from connector_executor.metrics import ExecutorMetrics
from connector_registry.access.memory import InMemoryApiKeyStore
from connector_registry.actions.memory import InMemoryActions
from connector_registry.api import assemble
from connector_registry.connectors.memory import InMemoryConnectorStore
from connector_registry.credentials.memory import InMemoryCredentialStore
from connector_registry.drafts.memory import InMemoryDraftStore
from connector_registry.examples.memory import InMemoryExampleStore
from connector_registry.executions.memory import InMemoryExecutionTerms
from connector_registry.grants.memory import InMemoryGrantStore
from connector_registry.health.memory import InMemoryFacts
from connector_registry.history.feed.hub import Feed
from connector_registry.history.feed.memory import InMemoryFeed
from connector_registry.history.measure_memory import InMemoryMeasures
from connector_registry.history.memory import InMemoryReading
from connector_registry.history.recording.memory import InMemoryHistory
from connector_registry.metrics import Metrics
from connector_registry.settings import Settings as RegistrySettings
from connector_registry.workspaces.memory import InMemoryWorkspaceStore
from connectors_local.flows.http.api import build_api as build_flows
from connectors_local.flows.settings import FlowSettings
from connectors_local.flows.store.memory import InMemoryFlows
from connectors_shared.contract.asyncapi import asyncapi_document
from connectors_shared.contract.dead import LetterKind
from connectors_shared.http.answers.memory import InMemoryIdempotentAnswers
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.identities import Identities
from connectors_shared.runtime.secrets import Keyring
from field_mapper.app import build_service as build_mapper
from field_mapper.settings import MapperSettings

UNUSED: Final = "unused-because-nothing-is-served-from-here"
DEFAULT_DIRECTORY: Final = Path("docs/reference")


class _Nothing:
    """What goes out of services that never do anything."""

    async def published(self) -> bool:
        return True

    async def publish(self, letters: Sequence[Letter]) -> None:
        """Replays of an executor that never runs."""


def asyncapi() -> dict[str, Any]:
    return asyncapi_document(version("connectors-shared"))


def registry_app() -> FastAPI:
    """Over nothing but memory; `UNUSED` signs its tokens."""
    settings = RegistrySettings(
        kafka_bootstrap_servers=UNUSED,
        database_url=SecretStr(UNUSED),
        encryption_keys=SecretStr(UNUSED),
        jwt_secret=SecretStr(UNUSED),
    )
    keyring = Keyring({"unused": bytes(32)})
    store, workspaces = InMemoryConnectorStore(), InMemoryWorkspaceStore()
    return assemble(
        settings,
        keyring,
        store,
        InMemoryCredentialStore(store.credentials, store.outgoing, lambda _credential: []),
        _Nothing(),
        InMemoryIdempotentAnswers(),
        workspaces=workspaces,
        grants=InMemoryGrantStore(),
        history=InMemoryReading(InMemoryHistory()),
        feed=Feed(InMemoryFeed(InMemoryHistory()), SystemClock()),
        measures=InMemoryMeasures(InMemoryHistory()),
        actions=InMemoryActions(),
        terms=InMemoryExecutionTerms(store, workspaces),
        examples=InMemoryExampleStore(),
        drafts=InMemoryDraftStore(),
        api_keys=InMemoryApiKeyStore(),
        trail=store.outgoing.trail,
        notices=store.outgoing.notices,
        facts=InMemoryFacts(),
        clock=SystemClock(),
        metrics=Metrics(),
    )


def mapper_app() -> FastAPI:
    """Not started, so that it knows no contact; `UNUSED` signs its tokens."""
    settings = MapperSettings(
        kafka_bootstrap_servers=UNUSED, database_url=SecretStr(UNUSED), jwt_secret=SecretStr(UNUSED)
    )
    api = asyncio.run(build_mapper(settings)).api
    assert isinstance(api, FastAPI)
    return api


def executor_app(callers: Identities) -> FastAPI:
    """With nothing behind its routes."""
    nothing: Any = _Nothing()
    metrics = ExecutorMetrics()
    letters = {kind: DeadLetterService(kind, kafka_letters(UNUSED, UNUSED), nothing, metrics) for kind in LetterKind}
    routers = [
        executions_router(nothing),
        trials_router(nothing),
        previews_router(nothing),
        connectors_router(nothing, nothing, nothing, nothing, nothing),
        parked_router(nothing),
        dead_letters_router(letters),
        watermarks_router(list),
    ]
    return internal_api(callers, routers, metrics.registry)


def openapi_registry() -> dict[str, Any]:
    return registry_app().openapi()


def openapi_mapper() -> dict[str, Any]:
    return mapper_app().openapi()


def openapi_executor() -> dict[str, Any]:
    return executor_app(Identities()).openapi()


def openapi_flows() -> dict[str, Any]:
    settings = FlowSettings(
        kafka_bootstrap_servers=UNUSED,
        database_url=SecretStr(UNUSED),
        jwt_secret=SecretStr(UNUSED),
        mapper_url=f"http://{UNUSED}",
    )
    return build_flows(settings, InMemoryFlows(), SystemClock(), CollectorRegistry(), lambda: None).openapi()


DOCUMENTS: Final[Mapping[str, Callable[[], dict[str, Any]]]] = {
    "asyncapi.json": asyncapi,
    "openapi-registry.json": openapi_registry,
    "openapi-mapper.json": openapi_mapper,
    "openapi-executor.json": openapi_executor,
    "openapi-flows.json": openapi_flows,
}


def render(document: Mapping[str, Any]) -> str:
    """The same text for the same document, whoever runs it."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write(directory: Path) -> list[Path]:
    """Write every document; returns those that changed."""
    directory.mkdir(parents=True, exist_ok=True)
    changed = drifted(directory)
    for path in changed:
        path.write_text(render(DOCUMENTS[path.name]()), encoding="utf-8")
    return changed


def drifted(directory: Path) -> list[Path]:
    """The files that are missing or differ from what the code says now."""
    wanted = {directory / name: render(document()) for name, document in DOCUMENTS.items()}
    return [path for path, text in wanted.items() if not path.is_file() or path.read_text("utf-8") != text]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m connectors_local.specs", description="Reference documents")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file has drifted")
    parser.add_argument("--directory", type=Path, default=DEFAULT_DIRECTORY)
    chosen = parser.parse_args(arguments)
    if not chosen.check:
        for path in write(chosen.directory):
            print(f"written: {path}")
        return 0
    stale = drifted(chosen.directory)
    for path in stale:
        print(f"{path} differs from the code: run `make specs` and commit the result", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
