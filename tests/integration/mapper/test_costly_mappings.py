"""Mappings that cost seconds: the member stays in its group, every slice makes progress, and nobody waits for all."""

import time
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest

from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.topics import CONTACT_UPDATED
from connectors_shared.contract.updates import ContactUpdated
from connectors_shared.runtime.kafka import group_settings
from connectors_shared.runtime.subscription import GroupListener
from field_mapper import batch
from field_mapper.stages import propose
from field_mapper.stages.results import Result
from tests.unit.mapper.builders import CREATE, a_result, user

from .conftest import World

DEAR, OTHER = uuid4(), uuid4()
COST_SECONDS = 0.2
DEAR_RESULTS = 30
CONTACTS = 3


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> Counter[UUID]:
    """How often each execution's values were selected. Those of one workspace hold the loop as costly paths do."""
    counted: Counter[UUID] = Counter()

    def costly(result: Result, *rest: Any) -> Any:
        counted[result.execution_id] += 1
        if result.workspace_id == DEAR:
            time.sleep(COST_SECONDS)
        return propose(result, *rest)

    monkeypatch.setattr(batch, "propose", costly)
    return counted


@pytest.fixture
def memberships(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Partitions of each assignment, of members that may be away from polling for two seconds."""
    found: list[int] = []
    assigned = GroupListener.on_partitions_assigned

    async def noted(self: GroupListener, partitions: set[Any]) -> None:
        found.append(len(partitions))
        await assigned(self, partitions)

    def hasty(instance_id: str | None = None) -> dict[str, Any]:
        return group_settings(instance_id) | {"max_poll_interval_ms": 2_000, "heartbeat_interval_ms": 300}

    monkeypatch.setattr(GroupListener, "on_partitions_assigned", noted)
    monkeypatch.setattr("connectors_shared.runtime.intake.group_settings", hasty)
    return found


def results(contacts: list[UUID]) -> list[ConnectorResult]:
    return [
        a_result(DEAR, {"n": f"N{n}"}, user("n", "first_name"), contact_id=contacts[n % CONTACTS], options=CREATE)
        for n in range(DEAR_RESULTS)
    ]


async def announced(world: World, count: int) -> list[ContactUpdated]:
    found = await world.read(CONTACT_UPDATED.name, count)
    return [ContactUpdated.model_validate_json(record.value or b"") for record in found]


async def test_a_batch_that_takes_longer_than_a_poll_may_is_mapped_once_and_delays_others_little(
    world: World, prepared: Counter[UUID], memberships: list[int]
) -> None:
    dear = results([uuid4() for _ in range(CONTACTS)])
    others = [
        a_result(OTHER, {"n": f"O{n}"}, user("n", "first_name"), contact_id=uuid4(), options=CREATE) for n in range(20)
    ]
    await world.publish(*dear, *others)
    async with world.mapper():
        updates = await announced(world, len(dear) + len(others))
        await world.until_committed()
    assert len(memberships) == 1
    assert set(prepared.values()) == {1}
    assert len(updates) == len(dear) + len(others)
    moments = {update.execution_id: update.updated_at for update in updates}
    last_other = max(moments[result.execution_id] for result in others)
    before = sum(moments[result.execution_id] < last_other for result in dear)
    assert before < DEAR_RESULTS / 2


async def test_a_mapper_that_joins_in_the_middle_repeats_nothing_and_keeps_the_order_of_each_contact(
    world: World, prepared: Counter[UUID], memberships: list[int]
) -> None:
    contacts = [uuid4() for _ in range(CONTACTS)]
    dear = results(contacts)
    await world.publish(*dear)
    async with world.mapper():
        await announced(world, 1)
        async with world.mapper():
            updates = await announced(world, len(dear))
            await world.until_committed()
    assert len(memberships) > 1
    assert set(prepared.values()) == {1}
    for contact in contacts:
        told = [update for update in updates if update.contact_id == str(contact)]
        asked = [result.execution_id for result in dear if result.context.contact_id == str(contact)]
        assert [update.execution_id for update in told] == asked
        assert [update.sequence for update in told] == sorted(update.sequence or 0 for update in told)
