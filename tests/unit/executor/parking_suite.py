"""What every parking must do; run against the in-memory twin and against real Postgres.

Tests take a `deployment`, which makes replicas on one shared store and moves that store's time forward.
What people see of it is in `parking_views_suite`.
"""

from uuid import UUID

import pytest

from connector_executor.parking.port import Backlog, ParkReason
from tests.unit.executor.parking_builders import (
    CONNECTOR,
    LEASE_SECONDS,
    OTHER_CONNECTOR,
    SLACK_SECONDS,
    WORKSPACE,
    Deployment,
    a_drainer,
    a_parcel,
    numbers,
)


async def test_what_is_parked_is_due_and_taken_as_it_was(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    assert await drainer.park(1, attempt=3, lane=2) == [True]
    assert await drainer.due() == [Backlog(WORKSPACE, CONNECTOR, "c:1", parked=1, sharers=1)]
    (row,) = await drainer.take()
    assert (row.workspace_id, row.execution_id, row.connector_id) == (WORKSPACE, UUID(int=1), CONNECTOR)
    assert (row.lane, row.message, row.envelope, row.attempt) == (2, b"message 1", b"\x00envelope", 3)
    assert (row.cancelled, row.expired, row.generation) == (False, False, None)
    assert abs((await deployment.now() - row.parked_at).total_seconds()) < SLACK_SECONDS


async def test_empty_calls_do_nothing(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    assert await drainer.park() == []
    await drainer.repark()
    await drainer.give_back()
    await drainer.renew()
    await drainer.remove()
    await drainer.store.wake([])
    await drainer.store.check()
    assert await drainer.due() == []
    assert await drainer.take() == []
    assert await drainer.take_ended() == []
    assert await drainer.cancel() == 0
    assert await drainer.put_off(1) is False


async def test_parking_again_parks_once(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    assert await drainer.park(1) == [True]
    assert await drainer.park(1, 2, 2, message=b"other") == [True, True, True]
    assert await drainer.count() == 2
    assert [row.message for row in await drainer.take()] == [b"message 1", b"other"]


async def test_the_same_id_in_another_workspace_is_another_execution(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1)
    await drainer.park(1, workspace_id=UUID(int=2), connector_id=OTHER_CONNECTOR)
    await drainer.remove(1)
    assert (await drainer.count(), await drainer.count(OTHER_CONNECTOR)) == (0, 1)


async def test_one_is_found_by_its_id_in_its_workspace_until_it_is_cancelled(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, 2, flow_id="f")
    [first, _] = await drainer.store.parked(CONNECTOR, None, 10)
    assert await drainer.store.parked_one(WORKSPACE, UUID(int=1)) == first
    assert await drainer.store.parked_one(UUID(int=2), UUID(int=1)) is None
    assert await drainer.store.parked_one(WORKSPACE, UUID(int=3)) is None
    await drainer.cancel(1)
    assert await drainer.store.parked_one(WORKSPACE, UUID(int=1)) is None


async def test_no_more_than_the_ceiling_is_parked(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    assert await drainer.park(1, 2, 3, ceiling=2) == [True, True, False]
    assert await drainer.park(3, 1, ceiling=2) == [False, True]
    assert await drainer.park(3, connector_id=OTHER_CONNECTOR, ceiling=2) == [True]
    assert await drainer.count() == 2
    await drainer.remove(1)
    assert await drainer.park(4, 5, ceiling=2) == [True, False]


async def test_a_batch_at_the_ceiling_counts_what_is_there_already(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, 2)
    assert await drainer.park(1, 3, 2, 4, ceiling=3) == [True, True, True, False]


async def test_rows_come_by_lane_then_age(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(9, 3, lane=2)
    await drainer.park(8, 2)
    await drainer.park(7, 1, lane=0)
    assert numbers(await drainer.take(most=5)) == [7, 1, 8, 2, 9]
    assert numbers(await drainer.take(most=5)) == [3]


async def test_a_take_is_of_one_connector(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1)
    await drainer.park(2, connector_id=OTHER_CONNECTOR)
    assert numbers(await drainer.take(connector_id=OTHER_CONNECTOR)) == [2]


async def test_rows_leased_by_others_are_passed_over(deployment: Deployment) -> None:
    first, second = a_drainer(deployment, "a"), a_drainer(deployment, "b")
    await first.park(1, 2, 3)
    assert numbers(await first.take(most=2)) == [1, 2]
    assert numbers(await second.take()) == [3]
    assert await first.take() == []


async def test_after_the_lease_a_row_comes_again_with_the_generation_of_the_first_lease(deployment: Deployment) -> None:
    await a_drainer(deployment, "a", "g1").park(1)
    assert [row.generation for row in await a_drainer(deployment, "a", "g1").take()] == [None]
    await deployment.outlast(LEASE_SECONDS + 1)
    assert [row.generation for row in await a_drainer(deployment, "b", "g2").take()] == ["g1"]
    await deployment.outlast(LEASE_SECONDS + 1)
    assert [row.generation for row in await a_drainer(deployment, "c", "g3").take()] == ["g1"]


async def test_what_is_given_back_unasked_is_still_in_doubt(deployment: Deployment) -> None:
    first, second = a_drainer(deployment, "a", "g1"), a_drainer(deployment, "b", "g2")
    await first.park(1, 2)
    await first.take()
    await deployment.outlast(LEASE_SECONDS + 1)
    await second.take()
    await second.give_back(1, generation="g1")
    await second.give_back(2)
    assert [(row.execution_id.int, row.generation) for row in await first.take()] == [(1, "g1"), (2, None)]


async def test_what_was_in_doubt_when_it_was_parked_stays_so_until_it_is_known(deployment: Deployment) -> None:
    first, second = a_drainer(deployment, "a", "g2"), a_drainer(deployment, "b", "g2")
    await first.park(1, generation="g1")
    assert [row.generation for row in await first.take()] == ["g1"]
    await first.give_back(1, generation="g1")
    assert [row.generation for row in await second.take()] == ["g1"]
    await second.give_back(1)
    assert [row.generation for row in await first.take()] == [None]


async def test_what_is_given_back_keeps_its_place_and_no_generation(deployment: Deployment) -> None:
    first, second = a_drainer(deployment, "a"), a_drainer(deployment, "b")
    await first.park(1, 2, 3)
    await first.take(most=2)
    await second.give_back(2)
    await first.give_back(1)
    assert [(row.execution_id.int, row.generation) for row in await second.take()] == [(1, None), (3, None)]


async def test_renewing_extends_the_lease_of_its_owner_only(deployment: Deployment) -> None:
    first, second = a_drainer(deployment, "a"), a_drainer(deployment, "b")
    await first.park(1, 2)
    await first.take()
    await deployment.outlast(LEASE_SECONDS / 2)
    await first.renew(1, 99)
    await second.renew(2)
    await deployment.outlast(LEASE_SECONDS / 2 + 1)
    assert numbers(await second.take()) == [2]


async def test_removing_is_counted_once(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, 2, 3)
    await drainer.remove(1, 1, 99)
    await drainer.remove(1)
    assert await drainer.count() == 2
    assert await drainer.order() == [2, 3]


async def test_reparking_keeps_age_and_message(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, 2)
    (before, _) = await drainer.take()
    await drainer.repark(1, attempt=2, envelope=b"second", message=b"not this", reason=ParkReason.RETRY)
    await drainer.give_back(2)
    (again, other) = await drainer.take()
    assert numbers([again, other]) == [1, 2]
    assert (again.attempt, again.envelope, again.message) == (2, b"second", b"message 1")
    assert (again.parked_at, again.generation) == (before.parked_at, None)


async def test_only_the_owner_can_repark(deployment: Deployment) -> None:
    first, second = a_drainer(deployment, "a"), a_drainer(deployment, "b")
    await first.park(1, 2)
    await first.take(most=1)
    await second.repark(1, 2, 3, attempt=9)
    assert [row.attempt for row in await second.take()] == [1]
    await first.repark(1, attempt=2)
    await first.repark(1, attempt=3)
    assert [row.attempt for row in await second.take()] == [2]
    assert await first.count() == 2


async def test_a_row_that_waits_is_not_taken_before_its_time(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, ready_in_seconds=60, reason=ParkReason.RETRY)
    await drainer.park(2)
    assert numbers(await drainer.take()) == [2]
    await drainer.repark(2, ready_in_seconds=90)
    await deployment.outlast(61)
    assert numbers(await drainer.take()) == [1]
    await deployment.outlast(31)
    assert numbers(await drainer.take()) == [1, 2], "the lease of the first ran out meanwhile"


async def test_rows_that_became_ready_are_in_their_lane_by_age(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, 2, 3, ready_in_seconds=60)
    await drainer.park(4)
    await drainer.park(5, lane=0)
    await deployment.outlast(61)
    assert numbers(await drainer.take(most=2)) == [5, 1]
    assert numbers(await drainer.take()) == [2, 3, 4]


async def test_only_so_many_rows_become_ready_in_one_take(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(*range(1, 702), ready_in_seconds=60)
    await deployment.outlast(61)
    assert numbers(await drainer.take(most=600)) == list(range(1, 501))
    assert numbers(await drainer.take(most=600)) == list(range(501, 702))


async def test_the_longest_due_backlogs_come_first(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    for number, due_in in enumerate((45, 20, 0, 40, 3600), 1):
        await drainer.park(number, connector_id=UUID(int=number), due_in_seconds=due_in)
    assert await drainer.due_connectors() == [UUID(int=3)]
    await deployment.outlast(50)
    assert [backlog.connector_id.int for backlog in await drainer.due(most=2)] == [2, 3]
    assert [backlog.connector_id.int for backlog in await drainer.due(most=9)] == [4, 1]


async def test_a_due_backlog_has_one_drainer_until_its_lease_ends(deployment: Deployment) -> None:
    first, second = a_drainer(deployment, "a"), a_drainer(deployment, "b")
    await first.park(1)
    assert await first.due_connectors() == [CONNECTOR]
    assert await first.due() == await second.due() == []
    await first.park(2)
    await first.store.wake([CONNECTOR])
    assert await second.due() == []
    await deployment.outlast(LEASE_SECONDS + 1)
    assert await second.due_connectors() == [CONNECTOR]


async def test_sharers_spend_from_the_same_budget(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, budget="k:1")
    await drainer.park(2, budget="k:1", connector_id=UUID(int=7))
    await drainer.park(3, budget="k:1", connector_id=UUID(int=8), due_in_seconds=90)
    await drainer.park(4, budget="k:2", connector_id=UUID(int=9))
    await drainer.park(5, budget="k:1", connector_id=UUID(int=10), workspace_id=UUID(int=2))
    await drainer.park(6, budget="k:1", connector_id=UUID(int=11))
    await drainer.remove(6)
    sharers = {backlog.connector_id.int: backlog.sharers for backlog in await drainer.due()}
    assert sharers == {CONNECTOR.int: 3, 7: 3, 9: 1, 10: 1}


async def test_the_budget_is_the_newest(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.store.park([a_parcel(2, budget="k:1"), a_parcel(1, budget="k:2")])
    assert [backlog.budget for backlog in await drainer.due()] == ["k:2"]
    await drainer.park(3, budget="k:3")
    (first, *_) = await drainer.take(most=1)
    assert first.execution_id.int == 2
    await drainer.put_off(0)
    assert [backlog.budget for backlog in await drainer.due()] == ["k:3"]
    await drainer.repark(2, budget="k:4")
    await drainer.put_off(0)
    assert [backlog.budget for backlog in await drainer.due()] == ["k:4"]


@pytest.mark.parametrize("seconds", [10.0, 3600.0])
async def test_a_backlog_that_is_put_off_comes_again_then(deployment: Deployment, seconds: float) -> None:
    first, second = a_drainer(deployment, "a"), a_drainer(deployment, "b")
    await first.park(1)
    await first.due()
    assert await first.put_off(seconds + SLACK_SECONDS) is True
    await deployment.outlast(seconds - 1)
    assert await second.due() == []
    await deployment.outlast(SLACK_SECONDS + 2)
    assert await second.due_connectors() == [CONNECTOR]


async def test_only_the_drainer_puts_off(deployment: Deployment) -> None:
    first, second = a_drainer(deployment, "a"), a_drainer(deployment, "b")
    await first.park(1)
    await first.due()
    assert await second.put_off(0) is True
    assert await second.due() == []
    assert await first.put_off(0) is True
    assert await second.due_connectors() == [CONNECTOR]
    assert await first.put_off(3600) is True, "said again after a lost reply"
    await deployment.outlast(LEASE_SECONDS + 1)
    assert await first.due_connectors() == [CONNECTOR]


async def test_a_parcel_parked_meanwhile_is_not_put_off(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1)
    await drainer.due()
    await drainer.park(2, due_in_seconds=20)
    await drainer.put_off(3600)
    assert await drainer.due() == []
    await deployment.outlast(21)
    assert await drainer.due_connectors() == [CONNECTOR]
    await drainer.put_off(3600)
    await deployment.outlast(60)
    assert await drainer.due() == [], "what was asked before the lease counts no more"


async def test_a_row_that_went_back_meanwhile_is_not_put_off(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1)
    await drainer.due()
    await drainer.take()
    await drainer.repark(1, ready_in_seconds=20)
    await drainer.put_off(3600)
    await deployment.outlast(21)
    assert await drainer.due_connectors() == [CONNECTOR]


async def test_a_wake_meanwhile_is_not_put_off(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1)
    await drainer.due()
    await drainer.store.wake([CONNECTOR])
    await drainer.put_off(3600)
    assert await drainer.due_connectors() == [CONNECTOR]


async def test_waking_makes_due_what_is_parked(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, due_in_seconds=3600)
    await drainer.park(2, due_in_seconds=3600, connector_id=OTHER_CONNECTOR)
    await drainer.store.wake([CONNECTOR, CONNECTOR, UUID(int=999)])
    assert await drainer.due_connectors() == [CONNECTOR]


async def test_waking_the_next_walks_all_of_them_once(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    first, second, third = sorted([CONNECTOR, OTHER_CONNECTOR, UUID(int=999)])
    for number, connector_id in enumerate((first, second, third), 1):
        await drainer.park(number, due_in_seconds=3600, connector_id=connector_id)
    assert await drainer.store.wake_next(None, 2) == second
    assert sorted(await drainer.due_connectors()) == [first, second]
    assert await drainer.store.wake_next(second, 2) == third
    assert await drainer.due_connectors() == [third]
    assert await drainer.store.wake_next(third, 2) is None


@pytest.mark.parametrize("due_in", [0, 5, 3600])
async def test_a_row_that_waits_is_due_when_it_is_ready(deployment: Deployment, due_in: float) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, ready_in_seconds=60, due_in_seconds=due_in)
    await deployment.outlast(60 - SLACK_SECONDS)
    assert await drainer.due() == []
    await deployment.outlast(SLACK_SECONDS + 1)
    assert await drainer.due_connectors() == [CONNECTOR]


async def test_a_later_parcel_puts_nothing_off(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.store.park([a_parcel(1, due_in_seconds=900), a_parcel(2, due_in_seconds=20)])
    await drainer.park(3, due_in_seconds=900)
    await deployment.outlast(21)
    assert await drainer.due_connectors() == [CONNECTOR]


async def test_putting_off_without_a_time_waits_for_the_next_row(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1)
    await drainer.park(2, 3, ready_in_seconds=600)
    await drainer.due()
    assert await drainer.put_off(None) is True
    assert await drainer.due_connectors() == [CONNECTOR], "a row is ready"
    assert numbers(await drainer.take()) == [1]
    await drainer.put_off(None)
    assert await drainer.due() == []
    await deployment.outlast(LEASE_SECONDS + 1)
    assert await drainer.due_connectors() == [CONNECTOR], "a lease ended"
    await drainer.remove(1)
    await drainer.put_off(None)
    await deployment.outlast(600 - LEASE_SECONDS - SLACK_SECONDS)
    assert await drainer.due() == []
    await deployment.outlast(SLACK_SECONDS)
    assert await drainer.due_connectors() == [CONNECTOR], "a wait is over"


async def test_a_backlog_of_ended_rows_only_is_looked_at_again(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, expires_in_seconds=5)
    await drainer.park(2)
    await drainer.cancel(2)
    await deployment.outlast(6)
    await drainer.due()
    assert await drainer.take() == []
    assert await drainer.put_off(None) is True
    await deployment.outlast(60)
    assert await drainer.due_connectors() == [CONNECTOR]


async def test_an_empty_backlog_is_over_until_something_is_parked(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, 2)
    await drainer.due()
    await drainer.remove(1, 2)
    assert await drainer.put_off(None) is False
    await deployment.outlast(3600)
    assert await drainer.due() == []
    await drainer.park(3)
    assert await drainer.due_connectors() == [CONNECTOR]


async def test_what_is_parked_while_an_empty_backlog_is_leased_becomes_due(deployment: Deployment) -> None:
    first, second = a_drainer(deployment, "a"), a_drainer(deployment, "b")
    await first.park(1)
    await first.due()
    await first.remove(1)
    await first.park(2)
    assert await second.due() == []
    await deployment.outlast(LEASE_SECONDS + 1)
    assert await second.due_connectors() == [CONNECTOR]
    await second.remove(2)
    await second.park(3, due_in_seconds=20)
    assert await second.put_off(None) is True
    await deployment.outlast(21)
    assert await second.due_connectors() == [CONNECTOR]
