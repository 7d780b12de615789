"""The HTTP APIs that the demo uses: registry, field mapper, and the pretend API's truth."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

import httpx2

from connectors_local.demo.contacts import DemoContact
from connectors_shared.contract.contact import USER_FIELDS

TIMEOUT_SECONDS: Final = 30.0
AT_ONCE: Final = 10
POLL_SECONDS: Final = 0.1

T = TypeVar("T")
R = TypeVar("R")


class ApiError(Exception):
    """An API answered with a failure or not at all; the message is for a person."""


@contextlib.asynccontextmanager
async def api_client(url: str, token: str | None = None) -> AsyncIterator["Api"]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    # trust_env: a proxy of the machine must not come between us and our own loopback.
    async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        yield Api(client)


@dataclass(frozen=True, slots=True)
class Api:
    """JSON over HTTP. Raises ApiError for every status that is not expected."""

    client: httpx2.AsyncClient

    async def ask(self, method: str, path: str, *, also: Sequence[int] = (), **options: Any) -> tuple[int, Any]:
        """Status and decoded body. `also`: failure statuses that are answers here."""
        try:
            response = await self.client.request(method, path, **options)
        except httpx2.HTTPError as error:
            where = self.client.base_url.join(path)
            raise ApiError(f"{method} {where}: {type(error).__name__} {error}") from error
        if response.is_error and response.status_code not in also:
            raise ApiError(f"{method} {response.url} answered {response.status_code}: {response.text[:500]}")
        try:
            return response.status_code, response.json()
        except ValueError as error:
            raise ApiError(f"{method} {response.url} did not answer in JSON") from error


@dataclass(frozen=True, slots=True)
class Registry:
    """The connectors of a workspace."""

    api: Api

    async def save(self, definition: dict[str, Any]) -> UUID:
        """Create the connector, or bring the one of that name up to date. Its id."""
        existing = await self.find(definition["name"])
        if existing is None:
            _, saved = await self.api.ask("POST", "/api/connectors", json=definition)
        else:
            _, saved = await self.api.ask("PUT", f"/api/connectors/{existing}", json=definition)
        return UUID(saved["id"])

    async def test(self, connector_id: UUID, inputs: dict[str, Any]) -> dict[str, Any]:
        """Call it once, and see all of it."""
        _, report = await self.api.ask("POST", f"/api/connectors/{connector_id}/test", json={"inputs": inputs})
        return dict(report)

    async def grant(self, url: str, reason: str) -> None:
        """Let all connectors of the workspace call this internal address; nothing when they may already."""
        where = httpx2.URL(url)
        draft = {"host": where.host, "port": where.port, "reason": reason}
        await self.api.ask("POST", "/api/network-grants", also=[httpx2.codes.CONFLICT], json=draft)

    async def find(self, name: str) -> UUID | None:
        """The newest connector of exactly that name."""
        cursor: str | None = None
        while True:
            query = {"q": name, "limit": 200} | ({"cursor": cursor} if cursor else {})
            _, page = await self.api.ask("GET", "/api/connectors", params=query)
            for line in page["connectors"]:
                if line["name"] == name:
                    return UUID(line["id"])
            cursor = page["next_cursor"]
            if cursor is None:
                return None

    async def usable(self, connector_id: UUID, timeout_seconds: float) -> str | None:
        """None once it can be used in a flow: its token, too, has to come first. Else why not."""
        until = time.monotonic() + timeout_seconds
        while True:
            _, page = await self.api.ask("GET", "/api/actions", params={"limit": 200, "category": "integrations"})
            action = next((each for each in page["actions"] if each["id"] == str(connector_id)), None)
            if action is not None and action["enabled"]:
                return None
            if time.monotonic() > until:
                return str(action["why_not"]["detail"]) if action else "it is not among the actions"
            await asyncio.sleep(POLL_SECONDS)

    async def executions_of(self, flow_run_id: UUID) -> list[dict[str, Any]]:
        """What the history has recorded of a run."""
        query = {"flow_run_id": str(flow_run_id), "limit": 50}
        _, page = await self.api.ask("GET", "/api/executions", params=query)
        return list(page["executions"])

    async def metrics(self) -> dict[str, Any]:
        """The success metrics of the workspace, of today."""
        _, found = await self.api.ask("GET", "/api/metrics")
        return dict(found)


@dataclass(frozen=True, slots=True)
class Flows:
    """The flow engine."""

    api: Api

    async def save(self, definition: dict[str, Any]) -> UUID:
        """Create the flow, or bring the newest one of that name up to date. Its id."""
        _, page = await self.api.ask("GET", "/api/flows", params={"limit": 200})
        there = next((each for each in page["flows"] if each["name"] == definition["name"]), None)
        if there is None:
            _, saved = await self.api.ask("POST", "/api/flows", json=definition)
        else:
            _, saved = await self.api.ask("PUT", f"/api/flows/{there['id']}", json=definition)
        return UUID(saved["id"])

    async def start(self, flow_id: UUID, contact_ids: Sequence[UUID]) -> list[UUID]:
        runs = {"runs": [{"contact_id": str(contact_id)} for contact_id in contact_ids]}
        _, started = await self.api.ask("POST", f"/api/flows/{flow_id}/runs", json=runs)
        return [UUID(run_id) for run_id in started["runs"]]

    async def newest(self, flow_id: UUID, count: int) -> list[dict[str, Any]]:
        """Its last runs, up to 200 of them."""
        _, page = await self.api.ask("GET", "/api/runs", params={"flow_id": str(flow_id), "limit": min(count, 200)})
        return list(page["runs"])

    async def run(self, run_id: UUID) -> dict[str, Any]:
        """With its steps."""
        _, found = await self.api.ask("GET", f"/api/runs/{run_id}")
        return dict(found)


@dataclass(frozen=True, slots=True)
class Mapper:
    """The contacts of a workspace."""

    api: Api

    async def put(self, contact: DemoContact, emptied_custom_fields: Sequence[str]) -> dict[str, Any]:
        """Make the contact hold exactly the fields of the file, whatever an earlier run wrote on it."""
        status, created = await self.api.ask(
            "POST", "/api/contacts", json={"id": str(contact.id)} | contact.fields, also=[409]
        )
        if status != httpx2.codes.CONFLICT:
            return dict(created)
        before = {
            "user_fields": {name: contact.fields.get(name) for name in USER_FIELDS},
            "custom_fields": dict.fromkeys(emptied_custom_fields),
        }
        _, updated = await self.api.ask("POST", f"/api/contacts/{contact.id}/update", json=before)
        return dict(updated)

    async def get(self, contact_id: UUID) -> dict[str, Any]:
        _, found = await self.api.ask("GET", f"/api/contacts/{contact_id}")
        return dict(found)


async def true_identities(pretend_api: Api, phones: Sequence[str]) -> dict[str, Any]:
    """By phone, what the pretend API knows; None for a phone of nobody."""
    _, answer = await pretend_api.ask("GET", "/identities", params={"phone": list(phones)})
    return dict(answer["identities"])


async def for_each(work: Callable[[T], Awaitable[R]], items: Sequence[T]) -> list[R]:
    """A few at once, results in order. Raises the first failure."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> R:
        async with gate:
            return await work(item)

    tasks = [asyncio.ensure_future(one(item)) for item in items]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
