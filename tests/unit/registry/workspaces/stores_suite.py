"""What every store of workspaces must do; run against the in-memory twin and against Postgres. Tests take a `store`."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from connector_registry.workspaces.port import Workspace, WorkspaceStore
from connectors_shared.contract.workspace import PublishedWorkspace

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def a_workspace(workspace_id: UUID | None = None, revision: int = 1) -> Workspace:
    fact = PublishedWorkspace(
        workspace_id=workspace_id or uuid4(),
        revision=revision,
        changed_at=MOMENT,
        name="Nord",
        phone_region="DE",
        allowed_origins=["https://a.example"],
    )
    return Workspace(fact, MOMENT, "ann")


async def test_what_is_added_is_found(store: WorkspaceStore) -> None:
    workspace = a_workspace()
    assert await store.find(workspace.id) is None
    await store.add(workspace)
    assert await store.find(workspace.id) == workspace
    assert await store.find(uuid4()) is None


async def test_whoever_is_first_makes_it(store: WorkspaceStore) -> None:
    workspace = a_workspace()
    await store.add(workspace)
    await store.add(replace(workspace, updated_by="bob"))
    assert await store.find(workspace.id) == workspace


async def test_a_revision_follows_the_one_before(store: WorkspaceStore) -> None:
    workspace = a_workspace()
    assert not await store.replace(a_workspace(workspace.id, 2))
    await store.add(workspace)
    second = replace(a_workspace(workspace.id, 2), updated_by="bob")
    assert await store.replace(second)
    assert not await store.replace(second)
    assert not await store.replace(a_workspace(workspace.id, 4))
    assert await store.find(workspace.id) == second
