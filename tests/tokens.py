"""Bearer tokens as an issuer would make them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import jwt

from connectors_shared.http.principal import Scope

EDITOR: Final = (
    Scope.CONNECTORS_READ,
    Scope.CONNECTORS_EDIT,
    Scope.CONNECTORS_EXECUTE,
    Scope.EXECUTIONS_READ,
    Scope.CONTACTS_READ,
    Scope.CONTACTS_EDIT,
)


def bearer(secret: str, workspace: UUID, scopes: Iterable[str] = EDITOR, **claims: Any) -> dict[str, str]:
    """The header of a caller with these scopes, for an hour; `claims` replace or add some."""
    usual = {
        "sub": "ann",
        "aud": "authenticated",
        "exp": datetime.now(UTC) + timedelta(hours=1),
        "workspace_id": str(workspace),
        "scope": " ".join(scopes),
    }
    return {"Authorization": f"Bearer {jwt.encode(usual | claims, secret, algorithm='HS256')}"}
