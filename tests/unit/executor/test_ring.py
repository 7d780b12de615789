"""The rings of a budget: what is written with a call."""

from connector_executor.admission.ring import SLOTS, note_in_rings, ring_free_us

SECOND = 1_000_000


class Counted(dict[str, float]):
    """Counts what is written."""

    writes = 0

    def __setitem__(self, key: str, value: float) -> None:
        self.writes += 1
        super().__setitem__(key, value)


def test_a_call_that_weighs_more_than_a_ring_holds_writes_each_mark_once() -> None:
    fields = Counted()
    note_in_rings(fields, [(100, SECOND)], 1, 1)
    fields.writes = 0
    note_in_rings(fields, [], 1_000_000, 2)
    assert fields.writes == SLOTS + 2
    assert ring_free_us(fields, [(100, SECOND)], 1, 2) == 2 + SECOND
