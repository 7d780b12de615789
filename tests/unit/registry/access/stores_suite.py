"""What every store of API keys must do; run against the in-memory twin and against Postgres."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from connector_registry.access.port import NOTED_EVERY, ApiKey, ApiKeyExists, ApiKeyStore, TooManyApiKeys
from connectors_shared.http.cursor import Cursor
from connectors_shared.http.principal import Kind, Scope

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
SOON = timedelta(seconds=1)
MOST = 10


def a_key(workspace_id: UUID | None = None, **fields: Any) -> ApiKey:
    usual = ApiKey(
        id=uuid4(),
        workspace_id=workspace_id or uuid4(),
        name="Flow engine",
        prefix="cnk_0123abcd",
        kind=Kind.SERVICE,
        scopes=frozenset((Scope.CONNECTORS_READ, Scope.CONNECTORS_EXECUTE)),
        requests_per_minute=600,
        created_at=MOMENT,
        created_by="ann",
    )
    return replace(usual, **fields)


def a_hash() -> bytes:
    return uuid4().bytes * 2


async def test_a_key_is_found_by_its_hash_and_by_no_other(store: ApiKeyStore) -> None:
    key, key_hash = a_key(), a_hash()
    await store.add(key, key_hash, MOST)
    assert await store.presented(key_hash, MOMENT) == replace(key, last_used_at=MOMENT)
    assert await store.presented(a_hash(), MOMENT) is None


async def test_that_it_is_used_is_noted_once_a_minute(store: ApiKeyStore) -> None:
    key, key_hash = a_key(), a_hash()
    await store.add(key, key_hash, MOST)

    async def noted(at: datetime) -> datetime | None:
        found = await store.presented(key_hash, at)
        assert found is not None
        return found.last_used_at

    assert await noted(MOMENT) == MOMENT
    assert await noted(MOMENT + NOTED_EVERY - SOON) == MOMENT
    assert await noted(MOMENT + NOTED_EVERY) == MOMENT + NOTED_EVERY
    assert (await store.page(key.workspace_id, MOST, None))[0].last_used_at == MOMENT + NOTED_EVERY


async def test_a_key_that_is_revoked_says_so_and_is_used_no_more(store: ApiKeyStore) -> None:
    key, key_hash = a_key(), a_hash()
    await store.add(key, key_hash, MOST)
    assert await store.revoke(key.workspace_id, key.id, MOMENT + SOON, "bob")
    assert await store.revoke(key.workspace_id, key.id, MOMENT + 2 * SOON, "eve")
    gone = replace(key, revoked_at=MOMENT + SOON, revoked_by="bob")
    assert await store.presented(key_hash, MOMENT + NOTED_EVERY) == gone
    assert await store.page(key.workspace_id, MOST, None) == [gone]


async def test_a_key_that_has_expired_is_used_no_more(store: ApiKeyStore) -> None:
    key, key_hash = a_key(expires_at=MOMENT + SOON), a_hash()
    await store.add(key, key_hash, MOST)
    assert await store.presented(key_hash, MOMENT + SOON) == key


async def test_nobody_revokes_or_sees_those_of_another_workspace(store: ApiKeyStore) -> None:
    key = a_key()
    await store.add(key, a_hash(), MOST)
    assert not await store.revoke(uuid4(), key.id, MOMENT, "eve")
    assert await store.page(uuid4(), MOST, None) == []
    assert await store.page(key.workspace_id, MOST, None) == [key]


async def test_pages_are_newest_first_and_go_on_after_a_cursor(store: ApiKeyStore) -> None:
    workspace = uuid4()
    for number in (1, 3, 2):
        await store.add(a_key(workspace, name=str(number), created_at=MOMENT + number * SOON), a_hash(), MOST)
    first = await store.page(workspace, 2, None)
    assert [key.name for key in first] == ["3", "2"]
    rest = await store.page(workspace, 2, Cursor(first[-1].created_at, first[-1].id))
    assert [key.name for key in rest] == ["1"]


async def test_a_name_is_there_once_and_free_again_when_its_key_is_revoked(store: ApiKeyStore) -> None:
    key = a_key()
    await store.add(key, a_hash(), MOST)
    with pytest.raises(ApiKeyExists):
        await store.add(a_key(key.workspace_id), a_hash(), MOST)
    await store.add(a_key(), a_hash(), MOST)
    await store.revoke(key.workspace_id, key.id, MOMENT, "ann")
    await store.add(a_key(key.workspace_id), a_hash(), MOST)


async def test_no_more_than_there_may_be_that_are_not_revoked(store: ApiKeyStore) -> None:
    first = a_key()
    await store.add(first, a_hash(), 1)
    with pytest.raises(TooManyApiKeys):
        await store.add(a_key(first.workspace_id, name="Second"), a_hash(), 1)
    await store.revoke(first.workspace_id, first.id, MOMENT, "ann")
    await store.add(a_key(first.workspace_id, name="Second"), a_hash(), 1)
