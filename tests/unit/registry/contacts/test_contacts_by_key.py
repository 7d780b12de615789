"""Contacts for who comes with an API key: the mapper is told who that is, and never sees the key."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest
from pydantic import SecretStr
from starlette.requests import Request

from connector_registry.settings import Settings
from connectors_shared.http.passing_on import FIELD_MAPPER, REGISTRY, or_passed_on
from connectors_shared.http.principal import Kind, Principal, Scope
from connectors_shared.http.tokens import SharedSecret, token_authenticator
from tests.unit.registry.conftest import JWT_SECRET, WORKSPACE
from tests.unit.registry.contacts.test_contacts import Mapper, registry_with, told

SECRET = SecretStr("secret-of-the-pair-0123456789abcdef")
SignIn = Callable[..., dict[str, str]]


@pytest.fixture
def mapper() -> Mapper:
    return Mapper()


async def asked_with_a_key(settings: Settings, mapper: Mapper, admin: dict[str, str]) -> tuple[Any, httpx2.Response]:
    transport = httpx2.ASGITransport(app=mapper.app)
    async with (
        httpx2.AsyncClient(transport=transport, base_url="http://mapper") as to_mapper,
        registry_with(settings, to_mapper) as client,
    ):
        draft = {"name": "Key", "kind": "flow", "scopes": ["contacts:read", "contacts:edit"]}
        key = (await client.post("/api/api-keys", json=draft, headers=admin)).json()
        return key, await client.get("/api/contacts", headers={"Authorization": f"Bearer {key['key']}"})


async def principal_at_the_mapper(headers: dict[str, str]) -> Principal:
    authenticate = or_passed_on(FIELD_MAPPER, {REGISTRY: (SECRET,)}, token_authenticator(SharedSecret(JWT_SECRET)))
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return await authenticate(Request({"type": "http", "headers": raw}))


async def test_the_mapper_is_told_who_asks_and_not_the_key(settings: Settings, mapper: Mapper, sign_in: SignIn) -> None:
    trusting = settings.model_copy(update={"mapper_token": SECRET})
    key, answer = await asked_with_a_key(trusting, mapper, sign_in(scopes=Scope))
    assert answer.status_code == 200
    [(_, _, headers, _)] = mapper.seen
    assert key["key"] not in str(headers)
    who = await principal_at_the_mapper(headers)
    assert (who.workspace_id, who.kind, who.key_id) == (WORKSPACE, Kind.FLOW, UUID(key["id"]))
    assert who.scopes == {Scope.CONTACTS_READ, Scope.CONTACTS_EDIT}


async def test_without_a_secret_of_the_pair_it_says_what_to_set(
    settings: Settings, mapper: Mapper, sign_in: SignIn
) -> None:
    _, answer = await asked_with_a_key(settings, mapper, sign_in(scopes=Scope))
    assert told(answer) == (503, "contacts-not-for-keys")
    assert "CONNECTORS_MAPPER_TOKEN" in answer.json()["detail"]
    assert mapper.seen == []
