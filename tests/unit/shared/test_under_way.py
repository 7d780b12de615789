"""What is under way, counted by workspace."""

from contextlib import suppress
from uuid import uuid4

from connectors_shared.runtime.under_way import UnderWay


def test_each_workspace_is_counted_until_its_own_ends_however_it_does() -> None:
    one, other, counted = uuid4(), uuid4(), UnderWay()
    with counted.one(one), counted.one(other):
        with suppress(ValueError), counted.one(one):
            assert (counted.of(one), counted.of(other), counted.total()) == (2, 1, 3)
            raise ValueError
        assert (counted.of(one), counted.of(other), counted.total()) == (1, 1, 2)
    assert (counted.of(one), counted.of(other), counted.total()) == (0, 0, 0)


def test_asking_about_a_workspace_and_one_that_has_ended_leave_nothing_behind() -> None:
    counted = UnderWay()
    counted.of(uuid4())
    with counted.one(uuid4()):
        pass
    assert not vars(counted)["_counts"]
