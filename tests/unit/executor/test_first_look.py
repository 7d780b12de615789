"""The look at every backlog when an executor starts."""

from typing import Any, cast
from uuid import UUID

import pytest

from connector_executor.inbound.backlog import first_look
from connector_executor.inbound.backlog.first_look import FirstLook


class Backlogs:
    """Stands for the store: wakes in the order of ids, and fails when told to."""

    def __init__(self, count: int) -> None:
        self.ids = [UUID(int=number) for number in range(1, count + 1)]
        self.woken: list[UUID] = []
        self.is_away = False

    async def wake_next(self, after: UUID | None, most: int) -> UUID | None:
        if self.is_away:
            raise ConnectionError("away")
        found = [id_ for id_ in self.ids if after is None or id_ > after][:most]
        self.woken += found
        return found[-1] if found else None


def looking_at(store: Backlogs) -> FirstLook:
    return FirstLook(cast("Any", store))


async def test_each_is_woken_once_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_look, "EACH_SECONDS", 0.0)
    store = Backlogs(250)
    look = looking_at(store)
    counts = []
    for _ in range(5):
        await look.go_on()
        counts.append(len(store.woken))
    assert counts == [100, 200, 250, 250, 250]
    assert store.woken == store.ids


async def test_the_next_ones_have_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_look, "EACH_SECONDS", 3600.0)
    store = Backlogs(250)
    look = looking_at(store)
    for _ in range(3):
        await look.go_on()
    assert len(store.woken) == 100


async def test_what_a_store_did_not_do_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_look, "EACH_SECONDS", 0.0)
    store = Backlogs(150)
    look = looking_at(store)
    await look.go_on()
    store.is_away = True
    with pytest.raises(ConnectionError):
        await look.go_on()
    store.is_away = False
    await look.go_on()
    assert store.woken == store.ids
