from connectors_shared.runtime.once import once


class Thing:
    def __init__(self) -> None:
        self.times = 0

    @once
    def answer(self) -> int:
        """What it is."""
        self.times += 1
        return 42


def test_it_is_computed_by_the_first_who_asks() -> None:
    thing = Thing()
    assert thing.times == 0
    assert [thing.answer, thing.answer] == [42, 42]
    assert thing.times == 1


def test_each_object_has_its_own() -> None:
    one, other = Thing(), Thing()
    assert one.answer == other.answer
    assert (one.times, other.times) == (1, 1)


def test_the_class_has_what_it_is() -> None:
    assert Thing.answer.__doc__ == "What it is."
