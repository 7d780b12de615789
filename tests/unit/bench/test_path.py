"""What is full first on the whole path."""

from bench.path import first_full


def test_all_cores_are_full_before_any_process_is() -> None:
    told = first_full({"executor-1": 0.4, "mapper": 0.8}, busy=1.95, there=2)
    assert told == "first full: all 2 cores (mapper 0.8, executor-1 0.4)"


def test_where_cores_are_left_it_is_the_process_with_most_of_one() -> None:
    told = first_full({"executor-1": 0.4, "mapper": 0.97}, busy=2.0, there=8)
    assert told.startswith("first full would be mapper: 0.97 of a core, 2.0 of 8 cores busy")
