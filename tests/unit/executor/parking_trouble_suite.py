"""The part of the parking suite about APIs that are unavailable, and about numbers that nobody can wait for."""

import math

import pytest

from connector_executor.parking.port import MOST_SECONDS, TRIED_NOW, Finding, ParkReason
from tests.unit.executor.parking_builders import (
    CONNECTOR,
    LEASE_SECONDS,
    OTHER_CONNECTOR,
    SLACK_SECONDS,
    Deployment,
    a_drainer,
    numbers,
)

OPEN = Finding(ParkReason.BREAKER_OPEN)
STALE = Finding(ParkReason.CREDENTIAL_STALE)
WELL = Finding(None)


async def test_rows_of_a_backlog_in_trouble_are_past_their_limit_after_their_time(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, 2, trouble_limit_seconds=100)
    await drainer.park(3, trouble_limit_seconds=300)
    await drainer.park(4)
    await deployment.outlast(200)
    assert await drainer.take_past_limit() == [], "the API works: the time does not count"
    await drainer.due()
    await drainer.put_off(1, found=OPEN)
    await deployment.outlast(100 - SLACK_SECONDS)
    assert await drainer.take_past_limit() == []
    await deployment.outlast(SLACK_SECONDS + 1)
    rows = await drainer.take_past_limit(most=1) + await drainer.take_past_limit()
    assert [(row.execution_id.int, row.message, row.generation) for row in rows] == [
        (1, b"message 1", None),
        (2, b"message 2", None),
    ]
    await deployment.outlast(200)
    assert sorted(numbers(await drainer.take_past_limit())) == [1, 2, 3], "their leases have ended"


async def test_times_of_trouble_are_added_up(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, trouble_limit_seconds=100)
    for found in (OPEN, WELL, STALE, WELL, STALE):
        await deployment.outlast(35)
        await drainer.due()
        await drainer.put_off(0, found=found)
    assert await drainer.take_past_limit() == [], "two spells of 35 seconds each, and the beginning of a third"
    await deployment.outlast(31)
    assert numbers(await drainer.take_past_limit()) == [1]


async def test_a_spell_of_trouble_goes_on_when_one_follows_another(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, trouble_limit_seconds=100)
    for found in (OPEN, STALE, OPEN):
        await drainer.due()
        await drainer.put_off(0, found=found)
        await deployment.outlast(40)
    assert numbers(await drainer.take_past_limit()) == [1]


async def test_what_is_parked_later_has_its_own_time(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, trouble_limit_seconds=100, reason=ParkReason.BREAKER_OPEN)
    await deployment.outlast(60)
    await drainer.park(2, trouble_limit_seconds=100, reason=ParkReason.BEHIND_OTHERS)
    await deployment.outlast(60)
    assert numbers(await drainer.take_past_limit()) == [1]
    await deployment.outlast(60)
    assert numbers(await drainer.take_past_limit(most=9)) == [1, 2]


async def test_what_is_parked_again_does_not_start_over(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, trouble_limit_seconds=100, reason=ParkReason.BREAKER_OPEN)
    await deployment.outlast(60)
    await drainer.take()
    await drainer.repark(1, trouble_limit_seconds=100, reason=ParkReason.ASKED_TO_WAIT, ready_in_seconds=3600)
    await deployment.outlast(60)
    assert numbers(await drainer.take_past_limit()) == [1]


@pytest.mark.parametrize("reason", [ParkReason.CREDENTIAL_STALE, ParkReason.ASKED_TO_WAIT])
async def test_a_backlog_in_trouble_is_looked_at_at_the_limit_of_its_first_row(
    deployment: Deployment, reason: ParkReason
) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, trouble_limit_seconds=100, due_in_seconds=3600, reason=reason)
    await deployment.outlast(100 - SLACK_SECONDS)
    assert await drainer.due() == []
    await deployment.outlast(SLACK_SECONDS + 1)
    (backlog,) = await drainer.due()
    assert (backlog.connector_id, backlog.trouble) == (CONNECTOR, reason)


async def test_what_goes_back_into_trouble_is_looked_at_at_its_limit(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, trouble_limit_seconds=100)
    await drainer.due()
    await drainer.take()
    await drainer.put_off(3600)
    await drainer.repark(1, reason=ParkReason.ASKED_TO_WAIT, ready_in_seconds=7200, trouble_limit_seconds=100)
    await deployment.outlast(101)
    assert await drainer.due_connectors() == [CONNECTOR]


async def test_putting_off_in_trouble_looks_at_the_limit_of_the_next_row(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, trouble_limit_seconds=100)
    await drainer.park(2, trouble_limit_seconds=200)
    for seconds in (3600, None):
        await drainer.due()
        await drainer.put_off(seconds, found=OPEN)
        if seconds is None:
            await drainer.due()
            await drainer.put_off(3600)
    await deployment.outlast(101)
    assert await drainer.due_connectors() == [CONNECTOR]
    await drainer.take_past_limit(most=1)
    await drainer.remove(1)
    await drainer.put_off(3600, found=OPEN)
    assert await drainer.due() == []
    await deployment.outlast(100)
    assert await drainer.due_connectors() == [CONNECTOR]
    await drainer.put_off(3600, found=WELL)
    await deployment.outlast(2000)
    assert await drainer.due() == []


async def test_only_the_drainer_says_how_the_api_is(deployment: Deployment) -> None:
    first, second = a_drainer(deployment, "a"), a_drainer(deployment, "b")
    await first.park(1, trouble_limit_seconds=0)
    await first.due()
    await second.put_off(0, found=OPEN)
    assert await second.take_past_limit() == []
    await first.put_off(0, found=OPEN)
    assert numbers(await second.take_past_limit()) == [1]


async def test_who_is_leased_or_cancelled_is_not_past_its_limit(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, 2, 3, trouble_limit_seconds=0, reason=ParkReason.BREAKER_OPEN)
    await drainer.park(4, trouble_limit_seconds=0, connector_id=OTHER_CONNECTOR)
    await drainer.take(most=1)
    await drainer.cancel(2)
    assert numbers(await drainer.take_past_limit()) == [3]
    assert await drainer.take_past_limit(connector_id=OTHER_CONNECTOR) == []
    await deployment.outlast(LEASE_SECONDS + 1)
    assert sorted(numbers(await drainer.take_past_limit())) == [1, 3]


@pytest.mark.parametrize("seconds", [math.inf, math.nan, -math.inf, 1e300, -5.0])
async def test_no_number_is_too_much(deployment: Deployment, seconds: float) -> None:
    drainer = a_drainer(deployment)
    hostile = {"due_in_seconds": seconds, "expires_in_seconds": seconds, "trouble_limit_seconds": seconds}
    assert await drainer.park(1, reason=ParkReason.BREAKER_OPEN, **hostile) == [True]
    assert await drainer.park(2, ready_in_seconds=seconds) == [True]
    await deployment.outlast(MOST_SECONDS + LEASE_SECONDS)
    await drainer.due()
    await drainer.put_off(seconds)
    await deployment.outlast(MOST_SECONDS + LEASE_SECONDS)
    assert await drainer.due_connectors() == [CONNECTOR]
    assert sorted(numbers(await drainer.take_ended() + await drainer.take())) == [1, 2]


async def test_one_that_is_tried_now_is_due_and_its_rows_are_ready(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, 2, 3, ready_in_seconds=86_400, towards="@one")
    await drainer.park(4, due_in_seconds=86_400, towards="@one")
    assert await drainer.due() == []
    assert await drainer.store.try_now(OTHER_CONNECTOR) == 0
    assert await drainer.store.try_now(CONNECTOR) == 4
    (backlog,) = await drainer.due()
    assert backlog.towards == TRIED_NOW
    assert numbers(await drainer.take()) == [4]
    assert await drainer.store.hasten(drainer.owner, CONNECTOR, "@one", 2) is False, "there may be more"
    assert await drainer.store.hasten(drainer.owner, CONNECTOR, "@one", 2) is True
    assert sorted(numbers(await drainer.take())) == [1, 2, 3]
    await drainer.put_off(0)
    (backlog,) = await drainer.due()
    assert backlog.towards == "@one"


async def test_whom_a_backlog_waits_for_is_of_its_first_row_until_it_is_hastened(deployment: Deployment) -> None:
    drainer, other = a_drainer(deployment), a_drainer(deployment, "other")
    await drainer.park(1, towards="@one")
    await drainer.park(2, towards="@two")
    (backlog,) = await drainer.due()
    assert backlog.towards == "@one"
    assert await other.store.hasten("other", CONNECTOR, "@two", 9) is False, "it is leased by somebody else"
    assert await drainer.store.hasten(drainer.owner, CONNECTOR, "@two", 9) is True
    await drainer.put_off(0)
    assert [each.towards for each in await drainer.due()] == ["@two"]


async def test_one_that_was_cancelled_is_not_hastened(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, 2, ready_in_seconds=86_400, towards="@one")
    await drainer.cancel(1)
    await drainer.store.try_now(CONNECTOR)
    await drainer.due()
    await drainer.store.hasten(drainer.owner, CONNECTOR, "@one", 9)
    assert numbers(await drainer.take()) == [2]


async def test_what_waits_goes_back_with_the_clock_of_the_store(deployment: Deployment) -> None:
    drainer = a_drainer(deployment)
    await drainer.park(1, due_in_seconds=60)
    await drainer.park(2, connector_id=OTHER_CONNECTOR, ready_in_seconds=60, trouble_limit_seconds=100)
    await drainer.store.totals()
    assert await drainer.store.follow_clock() == 0
    await deployment.outlast(-7200)
    assert 7200 - SLACK_SECONDS < await drainer.store.follow_clock() <= 7200
    assert await drainer.store.follow_clock() == 0, "it is followed once"
    assert await drainer.due() == []
    await deployment.outlast(60 + SLACK_SECONDS)
    assert sorted(await drainer.due_connectors()) == [CONNECTOR, OTHER_CONNECTOR]
    assert numbers(await drainer.take(connector_id=OTHER_CONNECTOR)) == [2]


async def test_a_lease_ends_in_its_time_when_the_clock_of_the_store_goes_back(deployment: Deployment) -> None:
    drainer, other = a_drainer(deployment), a_drainer(deployment, "other")
    await drainer.park(1, trouble_limit_seconds=100)
    await drainer.due()
    await drainer.put_off(0, found=OPEN)
    await drainer.due()
    await drainer.take()
    await drainer.store.totals()
    await deployment.outlast(-7200)
    await other.store.follow_clock()
    assert await other.due() == []
    await deployment.outlast(LEASE_SECONDS + SLACK_SECONDS)
    assert await other.due_connectors() == [CONNECTOR]
    assert await other.take_past_limit() == [], "its API has been in trouble for less than that"
    assert numbers(await other.take()) == [1]
