"""What every store of grants must do; run against the in-memory twin and against Postgres. Tests take a `store`."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from connector_registry.grants.port import Grant, GrantExists, GrantStore, TooManyGrants

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
MOST = 10


def a_grant(workspace_id: UUID, **fields: Any) -> Grant:
    usual: dict[str, Any] = {"host": "crm.internal", "port": 443, "connector_id": None, "created_at": MOMENT}
    return Grant(id=uuid4(), workspace_id=workspace_id, reason="Because.", created_by="ann", **usual | fields)


async def test_what_is_given_is_found_until_it_is_taken_back(store: GrantStore) -> None:
    grant = a_grant(uuid4(), connector_id=uuid4())
    await store.add(grant, MOST)
    assert await store.find(grant.workspace_id, grant.id) == grant
    assert await store.all(grant.workspace_id) == [grant]
    assert await store.remove(grant, grant.deletion(MOMENT), "bob")
    assert not await store.remove(grant, grant.deletion(MOMENT), "bob")
    assert await store.find(grant.workspace_id, grant.id) is None


async def test_the_newest_is_first_and_another_workspace_sees_none(store: GrantStore) -> None:
    workspace_id = uuid4()
    grants = [a_grant(workspace_id, port=n, created_at=MOMENT + timedelta(seconds=n)) for n in (1, 3, 2)]
    for grant in grants:
        await store.add(grant, MOST)
    assert [grant.port for grant in await store.all(workspace_id)] == [3, 2, 1]
    assert await store.all(uuid4()) == []
    assert await store.find(uuid4(), grants[0].id) is None


@pytest.mark.parametrize("connector_id", [None, UUID(int=7)])
async def test_the_same_is_given_once(store: GrantStore, connector_id: UUID | None) -> None:
    workspace_id = uuid4()
    await store.add(a_grant(workspace_id, connector_id=connector_id), MOST)
    with pytest.raises(GrantExists):
        await store.add(a_grant(workspace_id, connector_id=connector_id), MOST)
    await store.add(a_grant(workspace_id, connector_id=uuid4()), MOST)
    await store.add(a_grant(uuid4(), connector_id=connector_id), MOST)
    assert len(await store.all(workspace_id)) == 2


async def test_no_more_than_there_may_be(store: GrantStore) -> None:
    workspace_id = uuid4()
    await store.add(a_grant(workspace_id), 1)
    with pytest.raises(TooManyGrants):
        await store.add(a_grant(workspace_id, port=1), 1)
    assert len(await store.all(workspace_id)) == 1
