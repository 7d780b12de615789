"""Addresses that sign a browser in, once."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import jwt

from connectors_local.tokens import admin_token

LIFETIME: Final = timedelta(hours=12)


def sign_in_link(registry_url: str, secret: str, workspace_id: UUID) -> str:
    """As the administrator of the workspace. It holds the claims of a token, for an audience that no route takes."""
    token = admin_token(secret, workspace_id)
    claims = jwt.decode(token, secret, algorithms=["HS256"], options={"verify_aud": False})
    once = {"aud": "connectors-sign-in", "jti": str(uuid4()), "exp": datetime.now(UTC) + LIFETIME}
    return f"{registry_url}/sign-in?code={jwt.encode(claims | once, secret, algorithm='HS256')}"
