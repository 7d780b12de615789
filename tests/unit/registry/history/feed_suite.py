"""What every source of the feed tells; tests take a `history` that records and a `source` of what follows."""

from uuid import UUID

from connector_registry.history.feed.port import FeedSource
from connector_registry.history.port import HistoryStore
from tests.unit.registry.history.builders import OTHER_WORKSPACE, WORKSPACE, a_failed_line, a_line


async def test_what_is_recorded_follows_in_its_order_each_once(history: HistoryStore, source: FeedSource) -> None:
    first, second = [a_line(), a_failed_line()], [a_line(workspaceId=OTHER_WORKSPACE), a_line()]
    await history.record(first)
    await history.record([*second, first[0]])
    portion = await source.after(WORKSPACE, 0)
    found: list[tuple[int, UUID]] = [(each.position, each.line.id) for each in portion.lines]
    while len(found) < 3:
        portion = await source.after(WORKSPACE, found[-1][0])
        found += [(each.position, each.line.id) for each in portion.lines]
    assert [position for position, _ in found] == [1, 2, 3]
    assert {id_ for _, id_ in found[:2]} == {line.id for line in first}
    assert found[2][1] == second[1].id
    assert not portion.has_gap
    assert await source.heads([WORKSPACE, OTHER_WORKSPACE, UUID(int=9)]) == {WORKSPACE: 3, OTHER_WORKSPACE: 1}


async def test_in_the_middle_of_a_batch_it_goes_on_behind_what_was_told(
    history: HistoryStore, source: FeedSource
) -> None:
    await history.record([a_line(), a_line(), a_line()])
    portion = await source.after(WORKSPACE, 2)
    assert ([each.position for each in portion.lines], portion.position, portion.has_gap) == ([3], 3, False)


async def test_at_the_end_nothing_follows_and_nothing_is_missing(history: HistoryStore, source: FeedSource) -> None:
    await history.record([a_line()])
    portion = await source.after(WORKSPACE, 1)
    assert (list(portion.lines), portion.position, portion.has_gap) == ([], 1, False)
    empty = await source.after(OTHER_WORKSPACE, 0)
    assert (list(empty.lines), empty.position, empty.has_gap) == ([], 0, False)


async def test_a_position_that_was_never_reached_goes_on_at_the_end(history: HistoryStore, source: FeedSource) -> None:
    await history.record([a_line()])
    portion = await source.after(WORKSPACE, 50)
    assert (list(portion.lines), portion.position, portion.has_gap) == ([], 1, True)
