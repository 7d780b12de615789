"""What every store of actions answers; tests take a `seed` that fills it, and `actions` that reads."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

import pytest

from connector_registry.actions.memory import Day
from connector_registry.actions.port import ActionStore, ConnectorAction, Wanted
from connectors_shared.http.cursor import Cursor

WORKSPACE = UUID("11111111-1111-4111-8111-111111111111")
OTHER_WORKSPACE = UUID("22222222-2222-4222-8222-222222222222")
MADE = datetime(2026, 1, 10, tzinfo=UTC)
DAY = date(2026, 1, 20)
ALL = Wanted(limit=10, since=DAY - timedelta(days=30))


class Seed(Protocol):
    async def connector(self, workspace_id: UUID, action: ConnectorAction) -> None: ...
    async def day(self, workspace_id: UUID, day: Day) -> None: ...


def an_action(number: int = 0, **fields: Any) -> ConnectorAction:
    told: dict[str, Any] = {
        "id": uuid4(),
        "name": f"Look up {number}",
        "description": "Who calls",
        "icon": "📞",
        "category": "enrichment",
        "version": 1,
        "enabled": True,
        "published": True,
        "credential_status": None,
        "token_state": None,
        "input_schema": {"phone": {"type": "string", "required": True}, "a": {"type": "number"}},
        "output_schema": {"type": "object"},
        "field_mapping_templates": [{"name": "t", "mappings": []}],
        "created_at": MADE + timedelta(minutes=number),
    }
    return ConnectorAction(**told | fields)


async def test_connectors_come_newest_first_a_page_at_a_time(seed: Seed, actions: ActionStore) -> None:
    made = [an_action(number) for number in range(3)]
    for each in made:
        await seed.connector(WORKSPACE, each)
    await seed.connector(OTHER_WORKSPACE, an_action())
    first = await actions.page(WORKSPACE, replace(ALL, limit=2))
    assert first == [made[2], made[1]]
    assert list(first[0].input_schema) == ["phone", "a"]
    after = Cursor(first[-1].created_at, first[-1].id)
    assert await actions.page(WORKSPACE, replace(ALL, after=after)) == [made[0]]


@pytest.mark.parametrize(
    ("text", "found"), [("look", 2), ("WHO", 2), ("up 1", 1), ("100%", 0), ("_", 0), ("\\", 0), ("", 2)]
)
async def test_they_are_found_by_name_and_description(seed: Seed, actions: ActionStore, text: str, found: int) -> None:
    await seed.connector(WORKSPACE, an_action(1))
    await seed.connector(WORKSPACE, an_action(2))
    assert len(await actions.page(WORKSPACE, replace(ALL, text=text))) == found


async def test_what_is_counted_is_summed_for_each_of_them(seed: Seed, actions: ActionStore) -> None:
    busy, idle = an_action(1), an_action(0)
    for each in (busy, idle):
        await seed.connector(WORKSPACE, each)
    counted = [
        Day(busy.id, DAY, executions=10, succeeded=7, skipped=1, durations={3: 5, 20: 4}),
        Day(busy.id, DAY - timedelta(days=30), executions=4, succeeded=4, skipped=0, durations={3: 4}),
        Day(busy.id, DAY - timedelta(days=31), executions=99, succeeded=1, skipped=0, durations={9: 99}),
        Day(uuid4(), DAY, executions=99, succeeded=1, skipped=0, durations={9: 99}),
    ]
    for each in counted:
        await seed.day(WORKSPACE, each)
    expected = replace(busy, executions=13, succeeded=11, durations={3: 9, 20: 4})
    assert await actions.page(WORKSPACE, ALL) == [expected, idle]


async def test_what_keeps_one_from_being_used_is_told(seed: Seed, actions: ActionStore) -> None:
    told = [
        an_action(3, enabled=False),
        an_action(2, credential_status="stale"),
        an_action(1, credential_status="ok", token_state="pending"),
        an_action(0, published=False),
    ]
    for each in told:
        await seed.connector(WORKSPACE, each)
    assert await actions.page(WORKSPACE, ALL) == told
