"""Makes, lists and revokes API keys: the one place that knows the order of the steps."""

from typing import Final
from uuid import UUID, uuid4

from connector_registry.access.port import ApiKey, ApiKeyMissing, ApiKeyStore, MadeWithApiKey
from connector_registry.access.shapes import ApiKeyDraft
from connector_registry.access.texts import NewKeyText
from connectors_shared.http.cursor import Cursor
from connectors_shared.http.principal import FLOW_SCOPES, Kind, Principal
from connectors_shared.http.problems import FieldProblem, InvalidRequestError
from connectors_shared.runtime.clock import Clock

MOST_KEYS: Final = 100
"""Of a workspace, without those that are revoked."""


class KeyRing:
    """Each caller sees the keys of their own workspace."""

    def __init__(self, store: ApiKeyStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def make(self, who: Principal, draft: ApiKeyDraft) -> tuple[ApiKey, str]:
        """The key and its text, which nobody can read again.

        Raises InvalidRequestError, MadeWithApiKey, ApiKeyExists or TooManyApiKeys.
        """
        if who.key_id is not None:
            raise MadeWithApiKey
        now, text = self._clock.now(), NewKeyText.made()
        key = ApiKey(
            id=uuid4(),
            workspace_id=who.workspace_id,
            name=draft.name,
            prefix=text.prefix,
            kind=draft.kind,
            scopes=draft.wanted,
            requests_per_minute=draft.requests_per_minute,
            created_at=now,
            created_by=who.user_id,
            expires_at=draft.expires_at,
        )
        _check(who, draft, key)
        await self._store.add(key, text.hash, MOST_KEYS)
        return key, text.text

    async def page(self, who: Principal, limit: int, after: Cursor | None) -> list[ApiKey]:
        return await self._store.page(who.workspace_id, limit, after)

    async def revoke(self, who: Principal, key_id: UUID) -> None:
        """Raises ApiKeyMissing."""
        if not await self._store.revoke(who.workspace_id, key_id, self._clock.now(), who.user_id):
            raise ApiKeyMissing


def _check(who: Principal, draft: ApiKeyDraft, key: ApiKey) -> None:
    beyond = [scope.value for scope in sorted(key.scopes) if not who.may(scope)]
    useless = [scope.value for scope in sorted(key.scopes - FLOW_SCOPES)] if draft.kind is Kind.FLOW else []
    field, problems = "/role" if draft.scopes is None else "/scopes", list[FieldProblem]()
    if beyond:
        detail = f"holds what you may not do yourself: {', '.join(beyond)}"
        problems.append(FieldProblem(pointer=field, detail=detail))
    if useless:
        detail = f"holds what a flow never may: {', '.join(useless)}"
        problems.append(FieldProblem(pointer=field, detail=detail))
    if not key.is_alive(key.created_at):
        problems.append(FieldProblem(pointer="/expires_at", detail="is in the past"))
    if problems:
        raise InvalidRequestError(problems)
