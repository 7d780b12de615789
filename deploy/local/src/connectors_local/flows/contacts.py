"""The contact of a run, over the REST API of the field mapper."""

from collections.abc import Callable
from typing import Any, ClassVar, Final, Protocol
from uuid import UUID

import httpx2

TIMEOUT_SECONDS: Final = 15.0
FOUND_AT_ONCE: Final = 20
OF_THE_ENGINE: Final = (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN)


class ContactsAwayError(Exception):
    """The contacts API does not answer, or cannot now; the same request may be sent again."""

    kind: ClassVar[str] = "contacts_unavailable"
    """What the run says of it."""


class EngineRefusedError(ContactsAwayError):
    """It refuses the engine, whatever it asks: the engine's secret, clock or rights are not what they must be. That is
    mended by somebody, and then the same request is answered."""

    kind = "contacts_refused"


class UnaskableError(Exception):
    """It refuses this request, and would again."""


class Contacts(Protocol):
    """Contacts of any workspace. Raises ContactsAwayError."""

    async def load(self, workspace_id: UUID, contact_id: str) -> dict[str, Any]:
        """User fields by name, and `custom_fields`; nothing when there is no such contact. Raises UnaskableError."""

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
        return {} if response.status_code == httpx2.codes.NOT_FOUND else _told(response)

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
        if response.is_error:
            return {"success": False, "error": _error(response)}
        return {"success": True, "contactId": contact_id or str(_uuid_of(_told(response)))}

    async def _own_id(self, workspace_id: UUID, contact_id: str) -> UUID | None:
        """Of a contact that a run may name as another system does."""
        try:
            return UUID(contact_id)
        except ValueError:
            query: dict[str, Any] = {"q": contact_id, "limit": FOUND_AT_ONCE}
        found = _told(await self._ask(workspace_id, "GET", "/api/contacts", params=query)).get("contacts")
        if not isinstance(found, list):
            raise ContactsAwayError("answered with no list of contacts")
        named = (each for each in found if isinstance(each, dict) and each.get("external_id") == contact_id)
        return next((_uuid_of(each) for each in named), None)

    async def _ask(self, workspace_id: UUID, method: str, path: str, **options: Any) -> httpx2.Response:
        """Whatever it answers, unless that says nothing of what was asked."""
        headers = {"Authorization": f"Bearer {self._token_of(workspace_id)}", **options.pop("headers", {})}
        try:
            response = await self._client.request(method, path, headers=headers, timeout=TIMEOUT_SECONDS, **options)
        except httpx2.HTTPError as error:
            raise ContactsAwayError(f"{type(error).__name__} {error}") from error
        if response.status_code in OF_THE_ENGINE:
            raise EngineRefusedError(
                f"the contacts API refuses the engine ({response.status_code}): look at its secret, its clock and"
                " what flow engines may do"
            )
        kind = str(_json(response).get("type", "")) if response.is_error else ""
        busy = response.status_code == httpx2.codes.TOO_MANY_REQUESTS or kind.endswith("-in-use")
        if response.is_server_error or busy:
            raise ContactsAwayError(f"answered {response.status_code}")
        return response


def _told(response: httpx2.Response) -> dict[str, Any]:
    """Raises UnaskableError for a refusal, ContactsAwayError for what is no answer of that API."""
    if response.is_error:
        raise UnaskableError(_error(response)["message"])
    found = _json(response)
    if not response.is_success or not found:
        raise ContactsAwayError(f"answered {response.status_code} with something else")
    return found


def _uuid_of(contact: dict[str, Any]) -> UUID:
    try:
        return UUID(str(contact.get("id")))
    except ValueError:
        raise ContactsAwayError("answered with a contact without an id") from None


def _error(response: httpx2.Response) -> dict[str, Any]:
    problem = _json(response)
    told = problem.get("errors")
    errors = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    where = "; ".join(f"{each.get('pointer')}: {each.get('detail')}" for each in errors[:10])
    message = where or str(problem.get("detail", "")) or f"answered {response.status_code}"
    return {"type": "contact_refused", "message": message[:1000], "httpStatus": response.status_code}


def _json(response: httpx2.Response) -> dict[str, Any]:
    """Nothing where it is no object."""
    try:
        found = response.json()
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
