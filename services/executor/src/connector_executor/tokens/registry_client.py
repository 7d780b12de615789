"""The registry over HTTP, at its internal port. The client's library is loaded with the first request."""

from typing import TYPE_CHECKING, Final
from uuid import UUID

from pydantic import SecretStr, ValidationError

from connector_executor.tokens.port import TokenRegistryError
from connectors_shared.contract.refresh import RefreshOrder, RefreshReport

if TYPE_CHECKING:
    import httpx2

TIMEOUT_SECONDS: Final = 25.0
"""Longer than the registry waits for a provider, and for Kafka."""
OK: Final = 200


class RegistryClient:
    """`close` it in the end."""

    def __init__(self, url: str, identity: SecretStr) -> None:
        self._url = url.rstrip("/")
        self._identity = identity
        self._client: httpx2.AsyncClient | None = None

    async def refresh(self, workspace_id: UUID, credential_id: UUID, revision: int) -> RefreshReport:
        import httpx2  # few executors ever need it

        if self._client is None:
            headers = {
                "Authorization": f"Bearer {self._identity.get_secret_value()}",
                "Content-Type": "application/json",
            }
            self._client = httpx2.AsyncClient(headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False)
        order = RefreshOrder(workspace_id=workspace_id, revision=revision)
        path = f"{self._url}/internal/credentials/{credential_id}/refresh"
        try:
            answer = await self._client.post(path, content=order.to_json())
            if answer.status_code != OK:
                raise TokenRegistryError(f"the registry answered {answer.status_code}")
            return RefreshReport.model_validate_json(answer.content)
        except (httpx2.HTTPError, ValidationError) as error:
            raise TokenRegistryError(f"the registry gave no answer ({type(error).__name__})") from None

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
