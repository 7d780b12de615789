"""What every store of drafts must do; run against the in-memory twin and against Postgres.

Tests take a `store` and a `connector`, which says whose it is and its id.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from connector_registry.connectors.port import ConnectorMissing
from connector_registry.drafts.port import (
    MOST_SHOWN,
    Ceilings,
    Draft,
    DraftChanged,
    DraftExists,
    DraftStore,
    TooManyDrafts,
)

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
MANY = Ceilings(own=10, all=20)
Whose = tuple[UUID, UUID]


def a_draft(workspace_id: UUID, **fields: Any) -> Draft:
    usual: dict[str, Any] = {
        "owner": "ann",
        "connector_id": None,
        "base_revision": None,
        "step": "api",
        "document": {"z": 1, "name": "Lookup", "big": 2**80, "text": "ü"},
        "revision": 1,
        "last_test": {"inputs": {"id": 2**63 + 1}, "output": ["ü", None]},
        "examples": [{"name": "Known", "inputs": {"id": 2**63 + 1}, "output": [None, "ü"]}],
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }
    return Draft(id=uuid4(), workspace_id=workspace_id, **usual | fields)


async def test_what_is_begun_is_found_as_it_was_until_it_is_discarded(store: DraftStore, connector: Whose) -> None:
    workspace, connector_id = connector
    draft = a_draft(workspace, connector_id=connector_id, base_revision=3)
    await store.add(draft, MANY)
    assert await store.find(workspace, "ann", draft.id) == draft
    assert await store.all(workspace, "ann", None) == [draft.head()]
    assert await store.remove(workspace, "ann", draft.id)
    assert not await store.remove(workspace, "ann", draft.id)
    assert await store.find(workspace, "ann", draft.id) is None


async def test_the_last_changed_is_first(store: DraftStore, connector: Whose) -> None:
    workspace, connector_id = connector
    first, second = a_draft(workspace), a_draft(workspace, connector_id=connector_id)
    await store.add(first, MANY)
    await store.add(second, MANY)
    changed = replace(
        first,
        revision=2,
        last_test=None,
        document={"name": "Other"},
        step="auth",
        updated_at=MOMENT + timedelta(hours=1),
    )
    await store.replace(changed)
    assert await store.find(workspace, "ann", first.id) == changed
    assert await store.all(workspace, "ann", None) == [changed.head(), second.head()]
    assert await store.all(workspace, "ann", connector_id) == [second.head()]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"name": "ü🔌" * 300, "icon": "🔌", "category": "custom"},
        {"name": None, "icon": ["🔌"], "category": {"x": 1}},
        {"name": 7, "icon": True, "category": ""},
    ],
)
async def test_a_list_shows_what_was_given_as_a_text(
    store: DraftStore, connector: Whose, document: dict[str, Any]
) -> None:
    draft = a_draft(connector[0], document=document)
    await store.add(draft, MANY)
    [head] = await store.all(connector[0], "ann", None)
    assert head == draft.head()
    assert len(head.name) <= MOST_SHOWN


async def test_a_change_wants_the_revision_before_it(store: DraftStore, connector: Whose) -> None:
    draft = a_draft(connector[0])
    await store.add(draft, MANY)
    for wrong in (
        replace(draft, revision=3),
        a_draft(connector[0], revision=2),
        replace(draft, revision=2, owner="bob"),
    ):
        with pytest.raises(DraftChanged):
            await store.replace(wrong)


async def test_there_is_one_of_a_connector_for_each_person(store: DraftStore, connector: Whose) -> None:
    workspace, connector_id = connector
    await store.add(a_draft(workspace, connector_id=connector_id), MANY)
    with pytest.raises(DraftExists):
        await store.add(a_draft(workspace, connector_id=connector_id), MANY)
    await store.add(a_draft(workspace, connector_id=connector_id, owner="bob"), MANY)


async def test_a_connector_that_is_not_there_has_none(store: DraftStore, connector: Whose) -> None:
    for workspace, connector_id in ((connector[0], uuid4()), (uuid4(), connector[1])):
        with pytest.raises(ConnectorMissing):
            await store.add(a_draft(workspace, connector_id=connector_id), MANY)


async def test_no_more_than_there_may_be(store: DraftStore, connector: Whose) -> None:
    workspace = connector[0]
    await store.add(a_draft(workspace), MANY)
    with pytest.raises(TooManyDrafts):
        await store.add(a_draft(workspace), Ceilings(own=1, all=20))
    with pytest.raises(TooManyDrafts):
        await store.add(a_draft(workspace, owner="bob"), Ceilings(own=10, all=1))
    assert len(await store.all(workspace, "ann", None)) == 1


async def test_others_see_and_discard_none(store: DraftStore, connector: Whose) -> None:
    workspace = connector[0]
    draft = a_draft(workspace)
    await store.add(draft, MANY)
    for other, owner in ((workspace, "bob"), (uuid4(), "ann")):
        assert await store.all(other, owner, None) == []
        assert await store.find(other, owner, draft.id) is None
        assert not await store.remove(other, owner, draft.id)
