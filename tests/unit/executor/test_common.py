"""What a batch of executions has in common is told to the scripts once."""

from connector_executor.admission.common import Common


def test_rows_are_counted_from_one_and_know_where_their_keys_are() -> None:
    common = Common(before=3)
    assert common.find("a") == 0
    assert common.add("a", ("p:a", "m"), "own", 7) == 1
    assert common.add("b", ("p:b", "m")) == 2
    assert (common.find("a"), common.find("b")) == (1, 2)
    assert common.rows == [[4, "own", 7], [6]]
    assert common.keys == ["p:a", "m", "p:b", "m"]
