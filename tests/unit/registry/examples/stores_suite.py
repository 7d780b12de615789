"""What every store of examples must do; run against the in-memory twin and against Postgres.

Tests take a `store` and a `connector`, which says whose it is and its id.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from connector_registry.examples.port import Example, ExampleExists, ExampleStore, TooManyExamples
from connectors_shared.http.cursor import Cursor

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
MOST = 10
Whose = tuple[UUID, UUID]


def an_example(connector: Whose, name: str = "One", **fields: Any) -> Example:
    workspace_id, connector_id = connector
    usual: dict[str, Any] = {
        "inputs": {"phone": "626", "big": 2**80},
        "status": 200,
        "content_type": "application/json",
        "text": '{"z": 1, "a": 12345678901234567890}',
        "output": {"z": None, "a": [1.5, "ü"]},
        "created_at": MOMENT,
    }
    whose = {"workspace_id": workspace_id, "connector_id": connector_id}
    return Example(id=uuid4(), name=name, created_by="ann", **whose, **usual | fields)


async def test_what_is_kept_is_found_as_it_was_until_it_is_removed(store: ExampleStore, connector: Whose) -> None:
    example = an_example(connector)
    await store.add(example, MOST)
    assert await store.find(*connector, example.id) == example
    assert await store.page(*connector, MOST, None) == [example]
    assert await store.remove(*connector, example.id)
    assert not await store.remove(*connector, example.id)
    assert await store.find(*connector, example.id) is None


async def test_pages_are_newest_first_and_go_on_after_a_cursor(store: ExampleStore, connector: Whose) -> None:
    for number in (1, 3, 2):
        await store.add(an_example(connector, str(number), created_at=MOMENT + timedelta(seconds=number)), MOST)
    first = await store.page(*connector, 2, None)
    assert [example.name for example in first] == ["3", "2"]
    rest = await store.page(*connector, 2, Cursor(first[-1].created_at, first[-1].id))
    assert [example.name for example in rest] == ["1"]


async def test_a_name_is_there_once(store: ExampleStore, connector: Whose) -> None:
    await store.add(an_example(connector), MOST)
    with pytest.raises(ExampleExists):
        await store.add(an_example(connector), MOST)


async def test_no_more_than_there_may_be(store: ExampleStore, connector: Whose) -> None:
    await store.add(an_example(connector), 1)
    with pytest.raises(TooManyExamples):
        await store.add(an_example(connector, "Two"), 1)
    assert len(await store.page(*connector, MOST, None)) == 1


async def test_another_workspace_sees_and_removes_none(store: ExampleStore, connector: Whose) -> None:
    example = an_example(connector)
    await store.add(example, MOST)
    foreign = (uuid4(), connector[1])
    assert await store.page(*foreign, MOST, None) == []
    assert await store.find(*foreign, example.id) is None
    assert not await store.remove(*foreign, example.id)
