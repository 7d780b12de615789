"""Addresses that sign a browser in, once."""

from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID, uuid4

from connectors_local.tokens import admin_claims, encoded

LIFETIME: Final = timedelta(hours=12)


def sign_in_link(registry_url: str, secret: str, workspace_id: UUID, to: str | None = None) -> str:
    """As the administrator of the workspace; `to`: the page that it leads to. It holds the claims of a token, for an
    audience that no route takes."""
    once = {"aud": "connectors-sign-in", "jti": str(uuid4()), "exp": datetime.now(UTC) + LIFETIME}
    query = {"code": encoded(admin_claims(workspace_id) | once, secret)} | ({"to": to} if to else {})
    return f"{registry_url}/sign-in?{urlencode(query)}"
