"""Bearer tokens of the demo workspaces, in the shape that the services accept."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import jwt

from connectors_shared.http.principal import Kind, Scope

DEMO_WORKSPACE: Final = UUID("0198a000-0000-7000-8000-000000000001")
OTHER_WORKSPACE: Final = UUID("0198a000-0000-7000-8000-000000000002")
LIFETIME: Final = timedelta(days=30)
ENGINE_LIFETIME: Final = timedelta(minutes=5)


def admin_token(secret: str, workspace_id: UUID, *, now: datetime | None = None) -> str:
    """Of a person who may do everything in the workspace."""
    return encoded(admin_claims(workspace_id, now), secret)


def admin_claims(workspace_id: UUID, now: datetime | None = None) -> dict[str, Any]:
    return _claims(workspace_id, f"admin@{workspace_id}", Kind.USER, Scope, now)


def flow_token(secret: str, workspace_id: UUID, *, now: datetime | None = None) -> str:
    """Of a flow engine: it runs connectors and can change none."""
    return encoded(_claims(workspace_id, f"flows@{workspace_id}", Kind.FLOW, [Scope.CONNECTORS_EXECUTE], now), secret)


def engine_token(secret: str, workspace_id: UUID, *, now: datetime | None = None) -> str:
    """What the flow engine shows to the APIs that it asks: made for each request, as it works for every workspace."""
    scopes = [Scope.CONTACTS_READ, Scope.CONTACTS_EDIT, Scope.CONNECTORS_READ]
    return encoded(_claims(workspace_id, "flow-engine", Kind.FLOW, scopes, now, ENGINE_LIFETIME), secret)


def encoded(claims: dict[str, Any], secret: str) -> str:
    return jwt.encode(claims, secret, algorithm="HS256")


def _claims(
    workspace_id: UUID,
    subject: str,
    kind: Kind,
    scopes: Iterable[Scope],
    now: datetime | None,
    lifetime: timedelta = LIFETIME,
) -> dict[str, Any]:
    issued = now or datetime.now(UTC)
    return {
        "sub": subject,
        "workspace_id": str(workspace_id),
        "kind": kind.value,
        "scope": " ".join(scopes),
        "aud": "authenticated",
        "iat": issued,
        "exp": issued + lifetime,
    }
