"""What the inputs of a connector are, over the REST API of the registry."""

from collections.abc import Callable
from typing import Any, Final, Protocol
from uuid import UUID

import httpx2

TIMEOUT_SECONDS: Final = 5.0


class ConnectorsAwayError(Exception):
    """The registry does not answer, or cannot now."""


class Connectors(Protocol):
    """Connectors of any workspace. Raises ConnectorsAwayError."""

    async def input_schema(self, workspace_id: UUID, connector_id: UUID, version: int | None) -> dict[str, Any] | None:
        """Of that version, else of the one that is used now; None: there is no such connector, or version."""


class RestConnectors:
    """`token_of` gives a bearer token of a flow engine in that workspace."""

    def __init__(self, client: httpx2.AsyncClient, token_of: Callable[[UUID], str]) -> None:
        self._client = client
        self._token_of = token_of

    async def input_schema(self, workspace_id: UUID, connector_id: UUID, version: int | None) -> dict[str, Any] | None:
        path = f"/api/connectors/{connector_id}" + (f"/versions/{version}" if version else "")
        headers = {"Authorization": f"Bearer {self._token_of(workspace_id)}"}
        try:
            answer = await self._client.get(path, headers=headers, timeout=TIMEOUT_SECONDS)
        except httpx2.HTTPError as error:
            raise ConnectorsAwayError(f"{type(error).__name__} {error}") from error
        if answer.status_code == httpx2.codes.NOT_FOUND:
            return None
        if answer.is_error:
            raise ConnectorsAwayError(f"answered {answer.status_code}")
        return dict(answer.json()["input_schema"])
