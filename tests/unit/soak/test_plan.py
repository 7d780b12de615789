"""Load and faults follow from the seed, and from nothing else."""

import itertools

import pytest

from connectors_shared.contract.execution import ConnectorExecute
from tests.soak.cast import the_cast
from tests.soak.load import CONTACTS, TWICE, USED, Planned, plan_load
from tests.soak.options import PROFILES, parse
from tests.soak.schedule import ALL_KINDS, KIND_OF, LONG, SHORT, Track, plan_faults

EXECUTIONS = 8000
SECONDS = 600.0


@pytest.fixture(scope="module")
def planned() -> list[Planned]:
    """The load of a long run."""
    return plan_load(1, the_cast(), EXECUTIONS, SECONDS)


def test_a_seed_makes_the_same_plan_again_and_another_seed_another_one() -> None:
    cast = the_cast()
    assert plan_load(7, cast, 500, 60) == plan_load(7, cast, 500, 60)
    assert plan_faults(7, ALL_KINDS, 60, LONG) == plan_faults(7, ALL_KINDS, 60, LONG)
    assert plan_load(7, cast, 500, 60) != plan_load(8, cast, 500, 60)
    assert plan_faults(7, ALL_KINDS, 60, LONG) != plan_faults(8, ALL_KINDS, 60, LONG)


def test_forty_connectors_are_asked_so_often(planned: list[Planned]) -> None:
    asked = [one for one in planned if one.connector]
    assert len(the_cast()) == 40
    assert {one.connector for one in asked} == set(the_cast())
    assert len(asked) == EXECUTIONS
    assert len({one.id for one in planned}) == len(planned)
    assert len({one.contact_id for one in asked}) == CONTACTS + 1


def test_some_are_published_twice_and_all_within_the_time(planned: list[Planned]) -> None:
    twice = [one.at for one in planned if len(one.at) == 2]
    assert len(twice) == pytest.approx(TWICE * EXECUTIONS, rel=0.3)
    assert all(0 <= at <= SECONDS + 3 for one in planned for at in one.at)
    assert any(second - first > SECONDS / 4 for first, second in twice)


def test_no_limited_connector_is_asked_more_than_it_can_do(planned: list[Planned]) -> None:
    for connector in the_cast():
        asked = sum(one.connector == connector for one in planned)
        assert asked <= max(1, round(USED * connector.role.per_second * SECONDS)) if connector.role.limit else asked


def test_only_poison_cannot_be_read() -> None:
    for one in plan_load(1, the_cast(), 500, 60):
        if one.connector:
            assert str(ConnectorExecute.model_validate_json(one.value).execution_id) == one.id


def test_faults_end_within_the_time_and_those_of_a_track_do_not_overlap() -> None:
    faults = plan_faults(3, ALL_KINDS, SECONDS, LONG)
    for track in Track:
        ours = [fault for fault in faults if KIND_OF[fault.kind].track is track]
        assert all(one.at + one.seconds < other.at for one, other in itertools.pairwise(ours))
    assert all(fault.at + fault.seconds <= SECONDS for fault in faults)
    assert {fault.kind for fault in faults} == set(ALL_KINDS)


def test_short_faults_come_one_after_another_whatever_their_kind() -> None:
    faults = plan_faults(3, ALL_KINDS, SECONDS, SHORT)
    assert all(one.at + one.seconds < other.at for one, other in itertools.pairwise(faults))


def test_faults_can_be_chosen() -> None:
    options = parse(["--seed", "7", "--faults", "kill,flushall"])
    assert {fault.kind for fault in options.plan.faults} == {"kill", "flushall"}
    assert options.plan.executions == PROFILES["long"].executions
    assert parse(["--faults", "none"]).plan.faults == []


def test_a_fault_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--faults", "kil"])
    assert "kill-all" in capsys.readouterr().err
