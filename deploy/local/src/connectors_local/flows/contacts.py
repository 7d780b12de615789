"""The contact of a run, over the REST API of the field mapper."""

from collections.abc import Callable
from typing import Any, Final, Protocol
from uuid import UUID

import httpx2

TIMEOUT_SECONDS: Final = 15.0
FOUND_AT_ONCE: Final = 20


class ContactsAwayError(Exception):
    """The contacts API does not answer, or cannot now; the same request may be sent again."""


class Contacts(Protocol):
    """Contacts of any workspace. Raises ContactsAwayError."""

    async def load(self, workspace_id: UUID, contact_id: str) -> dict[str, Any]:
        """User fields by name, and `custom_fields`; nothing when there is no such contact."""

    async def write(
        self, workspace_id: UUID, contact_id: str | None, asked: dict[str, Any], key: UUID
    ) -> dict[str, Any]:
        """`contactId` of the contact that has the values now, or `error`. The same key writes once."""


class RestContacts:
    """`token_of` gives a bearer token of a flow engine in that workspace."""

    def __init__(self, client: httpx2.AsyncClient, token_of: Callable[[UUID], str]) -> None:
        self._client = client
        self._token_of = token_of

    async def load(self, workspace_id: UUID, contact_id: str) -> dict[str, Any]:
        own_id = await self._own_id(workspace_id, contact_id)
        if own_id is None:
            return {}
        response = await self._ask(workspace_id, "GET", f"/api/contacts/{own_id}")
        return dict(response.json()) if response.is_success else {}

    async def write(
        self, workspace_id: UUID, contact_id: str | None, asked: dict[str, Any], key: UUID
    ) -> dict[str, Any]:
        if contact_id is None:
            body = {name: value for name, value in asked["user_fields"].items() if value is not None}
            path = "/api/contacts"
            body["custom_fields"] = {name: each for name, each in asked["custom_fields"].items() if each is not None}
        else:
            own_id = await self._own_id(workspace_id, contact_id)
            if own_id is None:
                return {"success": False, "error": {"type": "contact_not_found", "message": "there is no such contact"}}
            body, path = asked, f"/api/contacts/{own_id}/update"
        response = await self._ask(workspace_id, "POST", path, json=body, headers={"Idempotency-Key": str(key)})
        if response.is_success:
            return {"success": True, "contactId": contact_id or response.json()["id"]}
        return {"success": False, "error": _error(response)}

    async def _own_id(self, workspace_id: UUID, contact_id: str) -> UUID | None:
        """Of a contact that a run may name as another system does."""
        try:
            return UUID(contact_id)
        except ValueError:
            query: dict[str, Any] = {"q": contact_id, "limit": FOUND_AT_ONCE}
        response = await self._ask(workspace_id, "GET", "/api/contacts", params=query)
        found = response.json()["contacts"] if response.is_success else []
        return next((UUID(each["id"]) for each in found if each.get("external_id") == contact_id), None)

    async def _ask(self, workspace_id: UUID, method: str, path: str, **options: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self._token_of(workspace_id)}", **options.pop("headers", {})}
        try:
            response = await self._client.request(method, path, headers=headers, timeout=TIMEOUT_SECONDS, **options)
        except httpx2.HTTPError as error:
            raise ContactsAwayError(f"{type(error).__name__} {error}") from error
        kind = _problem(response).get("type", "") if response.is_error else ""
        if (
            response.is_server_error
            or response.status_code == httpx2.codes.TOO_MANY_REQUESTS
            or kind.endswith("-in-use")
        ):
            raise ContactsAwayError(f"answered {response.status_code}")
        return response


def _error(response: httpx2.Response) -> dict[str, Any]:
    problem = _problem(response)
    errors = [each for each in problem.get("errors", ()) if isinstance(each, dict)]
    where = "; ".join(f"{each.get('pointer')}: {each.get('detail')}" for each in errors[:10])
    message = where or str(problem.get("detail", "")) or f"answered {response.status_code}"
    return {"type": "contact_refused", "message": message[:1000], "httpStatus": response.status_code}


def _problem(response: httpx2.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
