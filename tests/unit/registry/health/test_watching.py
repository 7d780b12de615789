"""Owners hear of a backlog that is nearly full, once, until there is room again."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from connector_registry.health.watching import BacklogWatch, Ceiling
from connector_registry.noticing.memory import InMemoryNotices
from connector_registry.noticing.notice import Wanted

WORKSPACE, CONNECTOR, GONE = (UUID(int=n) for n in (1, 2, 3))


class Executors:
    def __init__(self) -> None:
        self.found: Mapping[UUID, int] | None = {}

    async def parked(self) -> Mapping[UUID, int] | None:
        return self.found


class Known:
    """One connector whose ceiling is a thousand."""

    def __init__(self, notices: InMemoryNotices) -> None:
        self._notices = notices

    async def of(self, connector_ids: Sequence[UUID]) -> list[Ceiling]:
        return [Ceiling(WORKSPACE, CONNECTOR, 1_000)] if CONNECTOR in connector_ids else []

    async def told(self) -> list[tuple[UUID, UUID]]:
        found = await self._notices.page(WORKSPACE, Wanted(is_open=True), None, 10)
        return [(WORKSPACE, one.connector_id) for one in found if one.connector_id]


async def test_a_backlog_that_is_nearly_full_is_told_of_until_there_is_room() -> None:
    notices, executors = InMemoryNotices(), Executors()
    watch = BacklogWatch(executors, Known(notices), notices)

    async def told(parked: Mapping[UUID, int] | None) -> list[str]:
        executors.found = parked
        await watch.look()
        return [one.detail for one in await notices.page(WORKSPACE, Wanted(is_open=True), None, 10)]

    assert await told({CONNECTOR: 799, GONE: 5}) == []
    [first] = await told({CONNECTOR: 800})
    assert first.startswith("800 executions wait for it, and at most 1,000 may")
    [second] = await told({CONNECTOR: 900})
    assert second.startswith("900")
    assert len(await told({CONNECTOR: 750})) == 1, "neither full nor with room again"
    assert len(await told(None)) == 1, "no executor says anything"
    assert await told({}) == []
    assert len(await notices.page(WORKSPACE, Wanted(), None, 10)) == 1
