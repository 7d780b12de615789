"""Several replicas that park, drain and cancel in any order, next to a naive model of what is parked."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from connector_executor.parking.port import TakenRow
from tests.unit.executor.parking_builders import (
    LEASE_SECONDS,
    WORKSPACE,
    Deployment,
    Drainer,
    a_drainer,
    a_parcel,
    keys,
    numbers,
)

Answer = TypeVar("Answer")
FOREVER = float("inf")
CEILING = 6
EXECUTIONS = st.integers(1, 24)
BATCHES = st.lists(EXECUTIONS, max_size=4)
OWNERS = st.sampled_from(["a", "b", "c"])
CONNECTOR_IDS = [UUID(int=100), UUID(int=101), UUID(int=102)]
CONNECTORS = st.sampled_from(CONNECTOR_IDS)
MOSTS = st.integers(1, 5)
WAITS = st.sampled_from([0.0, 0.0, 20.0, 100.0])
ENDS = st.sampled_from([None, None, 50.0])


@dataclass
class Known:
    """What the model knows of one parked execution; moments are seconds since the start."""

    connector_id: UUID
    lane: int
    age: int
    ready_at: float
    expires_at: float
    cancelled: bool = False
    leaving: bool = False
    owner: str | None = None
    leased_until: float = -1.0
    generation: str | None = None

    def free_at(self, now: float) -> bool:
        return self.leased_until <= now


def connector_of(number: int) -> UUID:
    return CONNECTOR_IDS[number % 3]


class ParkingMachine(RuleBasedStateMachine):
    """`run` waits for an answer; `begin` makes an empty deployment."""

    def begin(self) -> Deployment:
        raise NotImplementedError

    def run_to_end(self, call: Coroutine[Any, Any, Answer]) -> Answer:
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self.deployment = self.begin()
        self.store = self.deployment.replica()
        self.now = 0.0
        self.ages = 0
        self.leases = 0
        self.known: dict[int, Known] = {}

    def drainer(self, owner: str) -> Drainer:
        self.leases += 1
        return a_drainer(self.deployment, owner, generation=f"g{self.leases}")

    def those(self, wanted: Callable[[Known], bool], connector_id: UUID | None = None) -> dict[int, Known]:
        return {
            number: known
            for number, known in self.known.items()
            if connector_id in (None, known.connector_id) and wanted(known)
        }

    def parked_of(self, connector_id: UUID) -> int:
        return len(self.those(lambda _: True, connector_id))

    @rule(batch=BATCHES, lane=st.integers(0, 2), ready_in=WAITS, due_in=WAITS, ends=ENDS)
    def park(self, batch: list[int], lane: int, ready_in: float, due_in: float, ends: float | None) -> None:
        expected: list[bool | None] = []
        for number in batch:
            connector_id = connector_of(number)
            depth = self.parked_of(connector_id)
            there = self.known.get(number)
            expected.append(None if there and there.leaving else there is not None or depth < CEILING)
            if number not in self.known and depth < CEILING:
                self.ages += 1
                ends_at = FOREVER if ends is None else self.now + ends
                self.known[number] = Known(connector_id, lane, self.ages, self.now + ready_in, ends_at)
        parcels = [
            a_parcel(
                number,
                connector_id=connector_of(number),
                lane=lane,
                ready_in_seconds=ready_in,
                due_in_seconds=due_in,
                expires_in_seconds=ends,
                ceiling=CEILING,
            )
            for number in batch
        ]
        assert self.run_to_end(self.store.park(parcels)) == expected

    @rule(owner=OWNERS, connector_id=CONNECTORS, most=MOSTS)
    def take(self, owner: str, connector_id: UUID, most: int) -> None:
        candidates = self.those(
            lambda known: (
                known.free_at(self.now) and known.ready_at <= self.now < known.expires_at and not known.cancelled
            ),
            connector_id,
        )
        expected = sorted(candidates, key=lambda number: (candidates[number].lane, candidates[number].age))[:most]
        drainer = self.drainer(owner)
        rows = self.run_to_end(drainer.take(most, connector_id))
        assert numbers(rows) == expected
        assert not any(row.cancelled or row.expired for row in rows)
        self.lease(drainer, rows)
        for number in expected:
            self.known[number].leaving = False

    @rule(owner=OWNERS, most=MOSTS)
    def take_ended(self, owner: str, most: int) -> None:
        ended = self.those(lambda known: known.free_at(self.now) and (known.cancelled or known.expires_at <= self.now))
        drainer = self.drainer(owner)
        rows = self.run_to_end(drainer.take_ended(most))
        assert len(rows) == min(most, len(ended))
        assert set(numbers(rows)) <= set(ended)
        for row in rows:
            known = self.known[row.execution_id.int]
            assert (row.cancelled, row.expired) == (known.cancelled, known.expires_at <= self.now)
        self.lease(drainer, rows)

    def lease(self, drainer: Drainer, rows: list[TakenRow]) -> None:
        for row in rows:
            known = self.known[row.execution_id.int]
            assert row.generation == known.generation
            known.owner, known.leased_until = drainer.owner, self.now + LEASE_SECONDS
            known.generation = known.generation or drainer.generation

    def held(self, owner: str, batch: list[int]) -> list[Known]:
        return [self.known[number] for number in self.those(lambda known: known.owner == owner) if number in batch]

    @rule(owner=OWNERS, batch=BATCHES)
    def give_back(self, owner: str, batch: list[int]) -> None:
        self.run_to_end(self.drainer(owner).give_back(*batch))
        for known in self.held(owner, batch):
            known.owner, known.leased_until, known.generation = None, -1.0, None

    @rule(owner=OWNERS, batch=BATCHES, ready_in=WAITS)
    def repark(self, owner: str, batch: list[int], ready_in: float) -> None:
        self.run_to_end(self.drainer(owner).repark(*batch, ready_in_seconds=ready_in))
        for known in self.held(owner, batch):
            known.owner, known.leased_until, known.generation = None, -1.0, None
            known.ready_at = self.now + ready_in

    @rule(owner=OWNERS, batch=BATCHES)
    def renew(self, owner: str, batch: list[int]) -> None:
        self.run_to_end(self.drainer(owner).renew(*batch))
        for known in self.held(owner, batch):
            known.leased_until = self.now + LEASE_SECONDS

    @rule(batch=BATCHES)
    def remove(self, batch: list[int]) -> None:
        self.run_to_end(self.store.remove(keys(*batch)))
        for number in batch:
            self.known.pop(number, None)

    @rule(owner=OWNERS, batch=BATCHES)
    def begin_removal(self, owner: str, batch: list[int]) -> None:
        begun = self.run_to_end(self.store.begin_removal(owner, keys(*batch)))
        held = self.those(lambda known: known.owner == owner)
        assert begun == set(keys(*(number for number in held if number in batch)))
        for known in self.held(owner, batch):
            known.leaving = True

    @rule(owner=OWNERS, batch=BATCHES)
    def end_removal(self, owner: str, batch: list[int]) -> None:
        self.run_to_end(self.store.end_removal(owner, keys(*batch)))
        for number in self.those(lambda known: known.owner == owner and known.leaving):
            if number in batch:
                del self.known[number]

    @rule(connector_id=CONNECTORS, batch=st.none() | BATCHES)
    def cancel(self, connector_id: UUID, batch: list[int] | None) -> None:
        found = self.those(lambda known: not known.cancelled, connector_id)
        marked = [number for number in found if batch is None or number in batch]
        ids = None if batch is None else [UUID(int=number) for number in batch]
        assert self.run_to_end(self.store.cancel(WORKSPACE, connector_id, ids)) == len(marked)
        for number in marked:
            self.known[number].cancelled = True

    @rule(owner=OWNERS, most=MOSTS)
    def due(self, owner: str, most: int) -> None:
        for backlog in self.run_to_end(self.drainer(owner).due(most)):
            assert backlog.parked == self.parked_of(backlog.connector_id)

    @rule(owner=OWNERS, connector_id=CONNECTORS, seconds=st.sampled_from([None, 0.0, 15.0, 5000.0]))
    def put_off(self, owner: str, connector_id: UUID, seconds: float | None) -> None:
        left = self.run_to_end(self.drainer(owner).put_off(seconds, connector_id))
        assert left is bool(self.parked_of(connector_id))

    @rule(connector_id=CONNECTORS)
    def wake(self, connector_id: UUID) -> None:
        self.run_to_end(self.store.wake([connector_id]))

    @rule(seconds=st.sampled_from([10.0, 31.0, 61.0]))
    def outlast(self, seconds: float) -> None:
        self.run_to_end(self.deployment.outlast(seconds))
        self.now += seconds

    @invariant()
    def counts_equal_rows(self) -> None:
        views = self.run_to_end(self.store.backlogs(None, None, 10))
        counted = {view.connector_id: view.parked for view in views}
        assert counted == {
            connector_id: self.parked_of(connector_id) for connector_id in CONNECTOR_IDS if self.parked_of(connector_id)
        }

    @invariant()
    def everybody_sees_what_is_not_cancelled(self) -> None:
        for connector_id in CONNECTOR_IDS:
            rows = self.those(lambda known: not known.cancelled, connector_id)
            views = self.run_to_end(self.store.parked(connector_id, None, 100))
            assert {view.execution_id.int for view in views} == set(rows)
            assert {view.execution_id.int for view in views if view.leased} == {
                number for number, known in rows.items() if not known.free_at(self.now)
            }

    def teardown(self) -> None:
        """Whatever happened, an ordinary drainer that comes later empties every backlog."""
        drainer = self.drainer("last")
        for _ in range(8):
            self.run_to_end(self.deployment.outlast(6000.0))
            rows = self.run_to_end(drainer.take_ended(100))
            for backlog in self.run_to_end(drainer.due()):
                rows += self.run_to_end(drainer.take(100, backlog.connector_id))
                self.run_to_end(drainer.remove(*numbers(rows)))
                self.run_to_end(drainer.put_off(None, backlog.connector_id))
            self.run_to_end(drainer.remove(*numbers(rows)))
            for number in numbers(rows):
                self.known.pop(number, None)
        assert self.known == {}
        assert self.run_to_end(self.store.backlogs(None, None, 10)) == []
        super().teardown()
