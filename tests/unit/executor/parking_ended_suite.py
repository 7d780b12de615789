"""The part of the parking suite about executions that end without a slot, and about what people see."""

from datetime import datetime, timedelta
from uuid import UUID

from connector_executor.parking.port import ParkReason, Totals
from tests.unit.executor.parking_builders import (
    CONNECTOR,
    LEASE_SECONDS,
    OTHER_CONNECTOR,
    SLACK_SECONDS,
    WORKSPACE,
    Deployment,
    a_drainer,
    keys,
    numbers,
)


def assert_near(moment: datetime | None, expected: datetime) -> None:
    assert moment is not None
    assert abs((moment - expected).total_seconds()) < SLACK_SECONDS


async def test_cancelled_rows_only_need_an_outcome(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, 2, 3)
    assert await drainer.cancel(2, 99) == 1
    assert await drainer.cancel(2) == 0
    assert numbers(await drainer.take()) == [1, 3]
    (row,) = await drainer.take_ended()
    assert (row.execution_id.int, row.cancelled, row.expired, row.generation) == (2, True, False, None)
    assert (row.message, row.envelope) == (b"message 2", b"\x00envelope")
    assert await drainer.take_ended() == []
    await drainer.remove(2)
    assert await drainer.count() == 2


async def test_a_cancel_concerns_its_connector_and_workspace(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, 2)
    await drainer.park(3, connector_id=OTHER_CONNECTOR)
    assert await drainer.cancel(3) == 0
    assert await drainer.store.cancel(UUID(int=2), CONNECTOR, None) == 0
    assert await drainer.store.cancel(UUID(int=2), CONNECTOR, [UUID(int=1)]) == 0
    assert await drainer.store.cancel(WORKSPACE, CONNECTOR, None) == 2
    assert numbers(await drainer.take_ended()) == [1, 2]


async def test_cancelling_all_takes_waiting_rows_and_those_in_a_drainers_hands(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, 2, 3, 4)
    await drainer.park(5, ready_in_seconds=600)
    await drainer.take(most=3)
    assert await drainer.store.cancel(WORKSPACE, CONNECTOR, None) == 5
    assert numbers(await drainer.take_ended()) == [4, 5], "a lease holds"
    await drainer.give_back(1)
    await drainer.repark(2)
    await drainer.remove(3)
    assert await drainer.take() == []
    assert numbers(await drainer.take_ended()) == [1, 2]


async def test_a_row_whose_holder_is_gone_can_be_cancelled(deployment: Deployment) -> None:
    first, second = a_drainer(deployment, "a", "g1"), a_drainer(deployment, "b", "g2")
    await first.park(1)
    await first.take()
    await deployment.outlast(LEASE_SECONDS + 1)
    assert await second.cancel(1) == 1
    assert [(row.cancelled, row.generation) for row in await second.take_ended()] == [(True, "g1")]


async def test_expired_rows_only_need_an_outcome(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, expires_in_seconds=60)
    await drainer.park(2, expires_in_seconds=600)
    await drainer.park(3, expires_in_seconds=60, ready_in_seconds=300)
    await drainer.park(4)
    assert await drainer.take_ended() == []
    await deployment.outlast(61)
    assert numbers(await drainer.take()) == [2, 4]
    ended = await drainer.take_ended()
    assert [(row.execution_id.int, row.cancelled, row.expired) for row in ended] == [(1, False, True), (3, False, True)]
    assert await drainer.take_ended() == []


async def test_a_running_row_does_not_expire(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, expires_in_seconds=20)
    await drainer.take()
    await deployment.outlast(21)
    assert await drainer.take_ended() == []
    await drainer.repark(1, expires_in_seconds=None)
    assert await drainer.take() == []
    assert numbers(await drainer.take_ended()) == [1], "its end stays where it was"


async def test_ended_rows_are_leased_like_others(deployment: Deployment) -> None:
    first, second = a_drainer(deployment, "a", "g1"), a_drainer(deployment, "b", "g2")
    await first.park(1, 2, 3, expires_in_seconds=10)
    await first.park(4)
    await first.cancel(3, 4)
    await deployment.outlast(11)
    assert sorted(numbers(await first.take_ended(most=3))) == [1, 3, 4]
    assert numbers(await second.take_ended()) == [2]
    await first.give_back(1, 4)
    assert [(row.execution_id.int, row.generation) for row in await second.take_ended()] == [(1, None), (4, None)]
    await deployment.outlast(LEASE_SECONDS + 1)
    assert [(row.execution_id.int, row.generation) for row in await first.take_ended()] == [
        (1, "g2"),
        (2, "g2"),
        (3, "g1"),
        (4, "g2"),
    ]


async def test_a_cancelled_row_that_has_expired_is_both(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, expires_in_seconds=10)
    await drainer.cancel(1)
    await deployment.outlast(11)
    assert [(row.cancelled, row.expired) for row in await drainer.take_ended()] == [(True, True)]


async def test_a_backlog_is_seen(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    assert await drainer.store.backlog(CONNECTOR) is None
    await drainer.park(1, lane=2, reason=ParkReason.BREAKER_OPEN)
    first_parked = await deployment.now()
    await deployment.outlast(100)
    await drainer.park(2, lane=0, due_in_seconds=50)
    await drainer.park(3, 4, ready_in_seconds=300, reason=ParkReason.RETRY)
    view = await drainer.store.backlog(CONNECTOR)
    assert view is not None
    assert (view.connector_id, view.parked, view.waiting_for_retry) == (CONNECTOR, 4, 2)
    assert view.reason is ParkReason.RETRY
    assert_near(view.oldest, await deployment.now() - timedelta(seconds=100))
    assert_near(view.due_at, await deployment.now() - timedelta(seconds=100))
    assert first_parked < await deployment.now()


async def test_a_backlog_that_is_drained_has_no_next_look(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1)
    await drainer.due()
    view = await drainer.store.backlog(CONNECTOR)
    assert view is not None
    assert view.due_at is None
    await drainer.put_off(120)
    view = await drainer.store.backlog(CONNECTOR)
    assert view is not None
    assert_near(view.due_at, await deployment.now() + timedelta(seconds=120))


async def test_the_oldest_of_rows_that_all_wait_is_the_oldest_of_them(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, ready_in_seconds=900)
    await deployment.outlast(100)
    await drainer.park(2, ready_in_seconds=300)
    view = await drainer.store.backlog(CONNECTOR)
    assert view is not None
    assert_near(view.oldest, await deployment.now() - timedelta(seconds=100))
    await deployment.outlast(301)
    view = await drainer.store.backlog(CONNECTOR)
    assert view is not None
    assert view.waiting_for_retry == 1
    await drainer.cancel(1, 2)
    view = await drainer.store.backlog(CONNECTOR)
    assert view is not None
    assert (view.parked, view.waiting_for_retry, view.oldest) == (2, 0, None)


async def test_backlogs_come_in_pages_and_by_workspace(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    for number in (5, 3, 1, 4, 2, 6):
        owner = UUID(int=2) if number % 2 else WORKSPACE
        await drainer.park(number, connector_id=UUID(int=number), workspace_id=owner)
    await drainer.remove(6)
    store = drainer.store
    assert [view.connector_id.int for view in await store.backlogs(None, None, 9)] == [1, 2, 3, 4, 5]
    assert [view.connector_id.int for view in await store.backlogs(None, UUID(int=2), 2)] == [3, 4]
    assert [view.connector_id.int for view in await store.backlogs(UUID(int=2), None, 9)] == [1, 3, 5]
    assert [view.connector_id.int for view in await store.backlogs(UUID(int=2), UUID(int=1), 1)] == [3]


async def test_parked_executions_are_seen_in_the_order_of_their_turn(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, ready_in_seconds=600, reason=ParkReason.RETRY, attempt=2)
    await drainer.park(2, 9, ready_in_seconds=300)
    await drainer.park(3, lane=2)
    await drainer.park(4, 5)
    await drainer.cancel(9)
    await drainer.take(most=1)
    views = await drainer.store.parked(CONNECTOR, None, 10)
    assert [(view.execution_id.int, view.lane, view.leased) for view in views] == [
        (4, 1, True),
        (5, 1, False),
        (3, 2, False),
        (2, 1, False),
        (1, 1, False),
    ]
    assert [view.not_before for view in views[:3]] == [None] * 3
    assert_near(views[-1].not_before, await deployment.now() + timedelta(seconds=600))
    assert (views[-1].reason, views[-1].attempt, views[-1].connector_id) == (ParkReason.RETRY, 2, CONNECTOR)


async def test_parked_executions_come_in_pages(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(8, 7, ready_in_seconds=600)
    await drainer.park(6, lane=2)
    await drainer.park(5, 4)

    async def page(after: int) -> list[int]:
        return [view.execution_id.int for view in await drainer.store.parked(CONNECTOR, UUID(int=after), 2)]

    assert [await page(after) for after in (5, 4, 6, 8, 7)] == [[4, 6], [6, 8], [8, 7], [7], []]
    assert await page(99) == [5, 4], "the page before is gone, and so are the rows before it"
    await drainer.cancel(4)
    assert await page(4) == [6, 8]


async def test_totals_are_by_the_reason_of_the_backlog(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    assert await drainer.store.totals() == Totals({}, {}, 0.0)
    await drainer.park(1, 2, due_in_seconds=20)
    await drainer.park(3, connector_id=UUID(int=7), due_in_seconds=900)
    await drainer.park(4, connector_id=UUID(int=8), reason=ParkReason.UNHEALTHY, due_in_seconds=900)
    totals = await drainer.store.totals()
    assert totals.backlogs == {ParkReason.RATE_LIMITED: 2, ParkReason.UNHEALTHY: 1}
    assert totals.parked == {ParkReason.RATE_LIMITED: 3, ParkReason.UNHEALTHY: 1}
    assert totals.overdue_seconds == 0
    await deployment.outlast(80)
    assert 60 <= (await drainer.store.totals()).overdue_seconds < 60 + SLACK_SECONDS
    await drainer.due()
    assert (await drainer.store.totals()).overdue_seconds == 0


async def test_one_count_does_for_all_replicas_while_it_is_fresh(deployment: Deployment) -> None:
    first, second = a_drainer(deployment), a_drainer(deployment)
    await first.park(1)
    assert (await first.store.totals(60)).parked == {ParkReason.RATE_LIMITED: 1}
    await first.park(2)
    assert (await second.store.totals(60)).parked == {ParkReason.RATE_LIMITED: 1}
    assert (await second.store.totals()).parked == {ParkReason.RATE_LIMITED: 2}
    await second.park(3)
    await deployment.outlast(61)
    assert (await first.store.totals(60)).parked == {ParkReason.RATE_LIMITED: 3}


async def test_whoever_comes_again_while_its_row_is_being_removed_waits(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, 2)
    await drainer.take()
    assert await drainer.store.begin_removal("a", keys(1, 9)) == set(keys(1))
    assert await drainer.park(1, 2, 3) == [None, True, True]
    await drainer.store.end_removal("a", keys(1, 2))
    assert await drainer.order() == [2, 3]
    assert await drainer.park(1) == [True]
    await drainer.take()
    await drainer.store.end_removal("a", keys(1))
    assert await drainer.order() == [2, 3, 1]


async def test_only_who_holds_a_row_removes_it(deployment: Deployment) -> None:
    first, second = a_drainer(deployment, "a"), a_drainer(deployment, "b")
    await first.park(1, expires_in_seconds=10)
    await deployment.outlast(11)
    assert await first.store.begin_removal("a", keys(1)) == set()
    await first.take_ended()
    assert await first.store.begin_removal("a", keys(1)) == set(keys(1))
    await deployment.outlast(LEASE_SECONDS + 1)
    assert numbers(await second.take_ended()) == [1]
    assert await first.park(1) == [None]
    await first.store.end_removal("a", keys(1))
    assert await first.count() == 1
    await second.store.end_removal("b", keys(1))
    assert await first.count() == 0


async def test_what_is_taken_to_run_is_not_removed(deployment: Deployment) -> None:
    first, second = a_drainer(deployment, "a"), a_drainer(deployment, "b")
    await first.park(1)
    await first.take()
    await first.store.begin_removal("a", keys(1))
    await deployment.outlast(LEASE_SECONDS + 1)
    await second.take()
    assert await first.park(1) == [True]
    await second.store.end_removal("b", keys(1))
    assert await first.count() == 1


async def test_what_is_called_off_by_its_id_alone_is_told_of_each(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, 2)
    await drainer.park(3, connector_id=OTHER_CONNECTOR)
    await drainer.take(most=1)
    ids = [UUID(int=number) for number in (1, 2, 3, 4)]
    first = {each.execution_id.int: each for each in await drainer.store.call_off(WORKSPACE, ids)}
    assert {number: (each.connector_id, each.leased, each.again) for number, each in first.items()} == {
        1: (CONNECTOR, True, False),
        2: (CONNECTOR, False, False),
        3: (OTHER_CONNECTOR, False, False),
    }
    assert all(each.again for each in await drainer.store.call_off(WORKSPACE, ids))
    assert await drainer.order() == []
    assert await drainer.store.call_off(WORKSPACE, []) == []
    assert sorted(numbers(await drainer.take_ended())) == [2, 3]


async def test_another_workspace_calls_off_nothing(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1)
    assert await drainer.store.call_off(UUID(int=2), [UUID(int=1)]) == []
    assert await drainer.order() == [1]


async def test_what_is_parked_says_who_asked_for_what_and_until_when_it_may_wait(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, flow_id="flow-1", asked_for=OTHER_CONNECTOR, expires_in_seconds=60)
    await drainer.park(2)
    first, second = await drainer.store.parked(CONNECTOR, None, 9)
    assert (first.flow_id, first.asked_for) == ("flow-1", OTHER_CONNECTOR)
    assert_near(first.expires_at, await deployment.now() + timedelta(seconds=60))
    assert (second.flow_id, second.asked_for, second.expires_at) == (None, CONNECTOR, None)
