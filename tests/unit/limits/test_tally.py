"""Counting: every execution once, latencies from when they were due, and the pace of an open loop."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_local.demo.latencies import Latencies
from connectors_local.limits.board import ratio
from connectors_local.limits.cast import Part
from connectors_local.limits.load import Pace, execution_for
from connectors_local.limits.offsets import PartitionOffsets
from connectors_local.limits.tally import Counts, Tally
from connectors_shared.contract.failure import FailureType
from tests.unit.limits.fake_world import WORKSPACE, a_cast, a_result

CONNECTOR = a_cast()[0]


def answer(tally: Tally, part: Part, due_at: float, now: float | None, failure: FailureType | None = None) -> None:
    event = execution_for(CONNECTOR, 0, WORKSPACE)
    tally.expect(event.execution_id, part, due_at)
    if now is not None:
        tally.take(a_result(event, failure), now)


def test_every_outcome_is_counted_for_its_part() -> None:
    tally = Tally()
    answer(tally, Part.FAILING, 0, 1)
    answer(tally, Part.FAILING, 0, 1, FailureType.HTTP_ERROR)
    answer(tally, Part.FAILING, 0, 1, FailureType.CANCELLED)
    answer(tally, Part.FAILING, 0, None)
    answer(tally, Part.LIMITED, 0, None)
    assert tally.counts(Part.FAILING) == Counts(published=4, succeeded=1, failed=1, cancelled=1)
    assert tally.counts(Part.FAILING).done == 3
    assert (tally.unanswered(Part.FAILING), tally.unanswered(Part.LIMITED)) == (1, 1)


def test_a_repeated_or_foreign_result_counts_nothing() -> None:
    tally, event = Tally(), execution_for(CONNECTOR, 0, WORKSPACE)
    tally.expect(event.execution_id, Part.HEALTHY, 0)
    tally.take(a_result(event), 2)
    tally.take(a_result(event, FailureType.TIMEOUT), 3)
    tally.take(a_result(execution_for(CONNECTOR, 1, WORKSPACE)), 3)
    assert tally.counts(Part.HEALTHY) == Counts(published=1, succeeded=1)


def test_latencies_are_of_the_healthy_that_were_due_in_the_asked_time() -> None:
    tally = Tally()
    for due_at in (0.0, 1.0, 1.5, 2.0):
        answer(tally, Part.HEALTHY, due_at, due_at + 0.5 * (1 + due_at))
    answer(tally, Part.LIMITED, 1.0, 100.0)
    found = tally.healthy_latencies(1.0, 2.0, now=50.0)
    assert found == Latencies.of([1.0, 1.25])
    assert tally.healthy_latencies(3.0, 4.0, now=50.0) is None


def test_what_never_comes_makes_the_latency_grow_and_what_is_just_under_way_does_not() -> None:
    tally = Tally()
    answer(tally, Part.HEALTHY, 0.0, 0.1)
    answer(tally, Part.HEALTHY, 0.0, None)
    early, late = tally.healthy_latencies(0.0, 1.0, now=0.9), tally.healthy_latencies(0.0, 1.0, now=30.0)
    assert early is not None
    assert late is not None
    assert (early.p99, late.p99) == (pytest.approx(100), pytest.approx(30_000))


@given(steps=st.lists(st.floats(0, 3), min_size=1, max_size=50), per_second=st.sampled_from([1.0, 40.0, 7.5]))
def test_an_open_loop_owes_each_moment_once_however_it_was_held_up(steps: list[float], per_second: float) -> None:
    pace, now, taken = Pace(5.0, per_second), 5.0, []
    for step in steps:
        now += step
        moments = pace.take(now)
        assert all(moment <= now + 1e-9 for moment in moments)
        taken += moments
    assert taken == [5.0 + number / per_second for number in range(len(taken))]
    assert now - taken[-1] < 1 / per_second + 1e-9


def test_executions_are_of_the_connector_and_touch_no_contact() -> None:
    event = execution_for(CONNECTOR, 12_345, WORKSPACE)
    assert (event.connector_id, event.workspace_id) == (CONNECTOR.id, WORKSPACE)
    assert event.inputs == {"phoneNumber": "2065552345"}
    assert event.field_mappings == []
    assert event.key() == str(event.execution_id).encode()


def test_lag_and_progress_are_of_what_came_since_somebody_looked() -> None:
    offsets = PartitionOffsets(0, committed=110, end=140, began=100)
    assert (offsets.lag, offsets.progress) == (30, 0.25)
    assert PartitionOffsets(0, committed=100, end=100, began=100).progress == 1
    assert PartitionOffsets(0, committed=5, end=3).lag == 0


def test_the_ratio_is_of_the_slowest_hundredth() -> None:
    before, now = Latencies(10, 20, 40), Latencies(10, 20, 100)
    assert ratio(before, now) == 2.5
    assert ratio(None, now) is None
    assert ratio(Latencies(0, 0, 0), now) is None
