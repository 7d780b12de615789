"""A store of several parts: each workspace in one, and each part with a memory of its own."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import pytest
from redis.crc import key_slot

from connector_executor.admission.keys import TAGS, Keys, part_of
from connector_executor.admission.memory import InMemoryAdmission
from connector_executor.admission.memory_store import Store
from connector_executor.admission.parts import Parts, by_part
from connector_executor.admission.port import Admitted, Ask, BudgetSpec, Ended, Subject, Tally, Verdict
from tests.unit.executor.admission_suite import ready

SLOTS = 16384
WORKSPACES = [f"w{number}" for number in range(12)]


class AwayAdmission(InMemoryAdmission):
    """Until it is back."""

    away = False

    async def admit(self, asks: Sequence[Ask]) -> list[Admitted]:
        self._answer()
        return await super().admit(asks)

    async def settle(self, ended: Sequence[Ended]) -> None:
        self._answer()
        await super().settle(ended)

    def _answer(self) -> None:
        if self.away:
            raise ConnectionError("away")


async def parts_of(owner: str, stores: Sequence[Store]) -> Parts:
    parts = [AwayAdmission(store, owner, 2_000_000, 30_000_000) for store in stores]
    for part in parts:
        await part.join()
        await ready(part)
    return Parts(parts)


def in_memory(parts: Parts, number: int) -> AwayAdmission:
    part = parts.parts[number]
    assert isinstance(part, AwayAdmission)
    return part


@pytest.fixture
def stores() -> list[Store]:
    return [Store(lambda: 1_700_000_000_000_000) for _ in range(3)]


def a_write(workspace_id: str, id_: str = "1", handed_under: tuple[str, ...] = ()) -> Ask:
    return Ask(workspace_id, id_, BudgetSpec("c:1"), handed_under=handed_under)


def test_the_parts_of_a_cluster_are_spread_evenly_over_its_slots() -> None:
    width = SLOTS // len(TAGS)
    assert [key_slot(tag.encode()) // width for tag in TAGS] == list(range(len(TAGS)))
    assert all(abs(key_slot(tag.encode()) % width - width // 2) < width // 4 for tag in TAGS)


def test_workspaces_are_spread_over_the_parts() -> None:
    found = Counter(part_of(str(UUID(int=number << 64)), len(TAGS)) for number in range(16_000))
    assert len(found) == len(TAGS)
    assert max(found.values()) < 1.2 * 1000


def test_keys_of_one_primary_are_what_they_have_always_been() -> None:
    keys = Keys("connectors")
    assert (keys.memory, f"{keys.head}w1{keys.tail}x:1") == ("connectors:memory", "connectors:{w1}:x:1")


def test_all_keys_of_a_part_are_in_one_slot_whatever_a_workspace_is_called() -> None:
    keys = Keys("connectors", TAGS[3])
    found = [keys.memory, *(f"{keys.head}{name}{keys.tail}x:1" for name in ("w1", "{other}", "}{", ""))]
    assert {key_slot(key.encode()) for key in found} == {key_slot(TAGS[3].encode())}


async def test_every_answer_is_of_its_own_ask(stores: list[Store]) -> None:
    parts = await parts_of("a", stores)
    asks = [a_write(workspace, id_) for id_ in "12" for workspace in WORKSPACES]
    await parts.settle([Ended(workspace, "1") for workspace in WORKSPACES])
    answers = await parts.admit(asks)
    assert [answer.verdict for answer in answers] == [Verdict.SETTLED] * 12 + [Verdict.GO] * 12
    assert {number for number, _ in by_part(parts, asks, lambda ask: ask.workspace_id)} == {0, 1, 2}
    assert [len(store.claims) for store in stores] == [
        sum(parts.part_of(workspace) == number for workspace in WORKSPACES) for number in range(3)
    ]


async def test_a_part_that_forgets_makes_its_own_workspaces_doubtful_and_no_others(stores: list[Store]) -> None:
    parts = await parts_of("a", stores)
    before = parts.generation
    stores[1].forget_everything()
    await parts.parts[1].join()
    await ready(parts.parts[1])
    assert parts.generation != before
    asks = [a_write(workspace, handed_under=(before,)) for workspace in WORKSPACES]
    for ask, answer in zip(asks, await parts.admit(asks), strict=True):
        lost = parts.part_of(ask.workspace_id) == 1
        assert answer.verdict is (Verdict.UNKNOWN if lost else Verdict.GO)
        assert parts.remembers(ask.workspace_id, [before]) is not lost


async def test_what_was_handed_out_while_a_part_was_unknown_is_doubted_there(stores: list[Store]) -> None:
    parts = await parts_of("a", stores)
    missing = parts.parts[2].generation
    before = "+".join(one for one in parts.generation.split("+") if one != missing)
    remembered = {parts.part_of(workspace): parts.remembers(workspace, [before]) for workspace in WORKSPACES}
    assert remembered == {0: True, 1: True, 2: False}


async def test_what_another_layout_has_handed_out_is_doubted(stores: list[Store]) -> None:
    parts = await parts_of("a", stores)
    assert not any(parts.remembers(workspace, ["a generation of one primary"]) for workspace in WORKSPACES)


async def test_a_part_that_is_away_holds_no_other_up(stores: list[Store]) -> None:
    parts = await parts_of("a", stores)
    in_memory(parts, 0).away = True
    with pytest.raises(ConnectionError):
        await parts.settle([Ended(workspace, "1") for workspace in WORKSPACES])
    assert not stores[0].markers
    assert stores[1].markers
    assert stores[2].markers


async def test_changes_of_health_come_from_all_parts(stores: list[Store]) -> None:
    parts = await parts_of("a", stores)
    tallies = [(Subject(workspace, "c", "k@host"), Tally(failing=30, failed=30)) for workspace in WORKSPACES]
    assert await parts.report(tallies) == []
    assert all(store.breakers for store in stores)
    limits = await parts.limits(Subject(WORKSPACES[0], "c", "k@host", BudgetSpec("c:1")))
    assert limits.breaker == "open"
