"""Token endpoints, called as strangers' addresses are: guarded, bounded, and without following where they lead."""

from typing import Final, Protocol
from uuid import UUID

from connector_registry.grants.port import GrantStore
from connector_registry.oauth.port import Answer, Ask, Refused, Unavailable
from connector_registry.oauth.requests import read_answer, token_request
from connector_registry.workspaces.port import WorkspaceStore
from connectors_shared.egress import (
    AddressGuard,
    Grant,
    HttpRequest,
    HttpResponse,
    SendBounds,
    Sender,
    SendFailure,
    SendFailureKind,
)
from connectors_shared.egress.grants import WHOLE_WORKSPACE
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
BOUNDS: Final = SendBounds(
    total_seconds=8.0,
    connect_seconds=4.0,
    max_wire_bytes=128 * 1024,
    max_body_bytes=128 * 1024,
    max_header_bytes=32 * 1024,
)
"""Whoever changes the credential waits meanwhile."""
NEVER: Final = frozenset({SendFailureKind.address_refused, SendFailureKind.port_refused, SendFailureKind.invalid_url})
UNBUILDABLE: Final = "The token request cannot be made of this client's secret; enter it again."


class Permissions(Protocol):
    """What workspaces may call."""

    async def bring_up_to_date(self, workspace_id: UUID) -> None: ...


class StoredPermissions:
    """As they are stored: read before each request, which are few."""

    def __init__(self, grants: GrantStore, workspaces: WorkspaceStore, guard: AddressGuard) -> None:
        self._grants = grants
        self._workspaces = workspaces
        self._given = guard.grants
        self._allowed = guard.origins
        self._known: dict[UUID, frozenset[UUID]] = {}

    async def bring_up_to_date(self, workspace_id: UUID) -> None:
        stored = {grant.id: grant for grant in await self._grants.all(workspace_id)}
        known = self._known.get(workspace_id, frozenset())
        for gone in known - stored.keys():
            self._given.take_away(gone)
        for grant in (stored[each] for each in stored.keys() - known):
            connector = WHOLE_WORKSPACE if grant.connector_id is None else str(grant.connector_id)
            self._given.give(grant.id, Grant(grant.host, grant.port), (str(workspace_id), connector))
        self._known[workspace_id] = frozenset(stored)
        workspace = await self._workspaces.find(workspace_id)
        self._allowed.keep_to(str(workspace_id), workspace.published.allowed_origins if workspace else ())


class GuardedProvider:
    """An internal host needs a grant of the workspace, or of the connector whose own credential it is."""

    def __init__(self, sender: Sender, permissions: Permissions) -> None:
        self._sender = sender
        self._permissions = permissions

    async def ask(self, ask: Ask) -> Answer:
        credential = ask.credential
        try:
            headers, body = token_request(ask)
        except Exception:  # whatever a library makes of a key; it may repeat it, so nothing of it is told
            log.warning("oauth.unbuildable", credential_id=str(credential.id))
            return Refused(UNBUILDABLE)
        await self._permissions.bring_up_to_date(credential.workspace_id)
        connector = WHOLE_WORKSPACE if credential.connector_id is None else str(credential.connector_id)
        whose = (str(credential.workspace_id), connector)
        request = HttpRequest("POST", credential.public["token_url"], headers, body, whose=whose)
        answer = await self._sender.send(request, BOUNDS)
        return _failed(answer) if isinstance(answer, SendFailure) else _read(answer)


def _failed(failure: SendFailure) -> Answer:
    if failure.kind in NEVER:
        return Refused(f"The token endpoint cannot be called: {failure.message}")
    return Unavailable(f"The token endpoint gave no answer: {failure.message}", unanswered=failure.may_have_happened)


def _read(answer: HttpResponse) -> Answer:
    try:
        return read_answer(answer.status, answer.body, _retry_seconds(answer.headers.get("Retry-After")))
    finally:
        answer.release()


def _retry_seconds(text: str | None) -> float | None:
    """Whole seconds only: a moment of another clock is not worth reading here."""
    given = (text or "").strip()
    return float(given) if given.isascii() and given.isdigit() and len(given) <= 6 else None
