"""Bearer tokens of the demo workspaces."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import jwt

DEMO_WORKSPACE: Final = UUID("0198a000-0000-7000-8000-000000000001")
OTHER_WORKSPACE: Final = UUID("0198a000-0000-7000-8000-000000000002")
LIFETIME: Final = timedelta(days=30)


def admin_token(secret: str, workspace_id: UUID, *, now: datetime | None = None) -> str:
    """An HS256 token of the workspace's administrator, in the shape the services accept."""
    issued = now or datetime.now(UTC)
    claims = {
        "sub": f"admin@{workspace_id}",
        "workspace_id": str(workspace_id),
        "role": "admin",
        "aud": "authenticated",
        "iat": issued,
        "exp": issued + LIFETIME,
    }
    return jwt.encode(claims, secret, algorithm="HS256")
