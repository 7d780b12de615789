"""Changes, crashes, frozen and thawed replicas in any order: the last fact of each key is its highest revision."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from connector_registry.outbox.port import BatchSize, FencedError, OutboxRow
from connector_registry.outbox.turns import send_oldest
from tests.unit.registry.outbox.publishing_twin import TwinOutbox, TwinSender, TwinTopic, step
from tests.unit.registry.outbox.sender_suite import SenderSuite

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
SMALL = BatchSize(2, 100)
SIZES = st.builds(BatchSize, st.integers(1, 3), st.integers(1, 4))
REPLICAS = st.sampled_from([0, 1])
KEYS = st.sampled_from(["connector/a", "connector/b", "workspace/c"])
ENOUGH_STEPS = 2_000


@dataclass
class Process:
    """One run of a replica. A frozen one is not asked again, and may thaw at any time."""

    sender: TwinSender
    passing: Coroutine[Any, Any, Any] | None = None
    size: BatchSize = SMALL

    def advance(self, outbox: TwinOutbox) -> None:
        if self.passing is None:
            self.passing = send_oldest(outbox, self.sender, self.size)
        self._drive(lambda passing: passing.send(None))

    def fail(self) -> None:
        """Its patience with Kafka is over."""
        self._drive(lambda passing: passing.throw(TimeoutError()))

    def crash(self) -> None:
        if self.passing is not None:
            self.passing.close()

    def _drive(self, how: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        if self.passing is None:
            return
        try:
            how(self.passing)
        except (StopIteration, ConnectionError, TimeoutError, FencedError):
            self.passing = None


@dataclass
class World:
    """Two replicas, the runs of them that are frozen, and what was ever changed."""

    topic: TwinTopic = field(default_factory=TwinTopic)
    outbox: TwinOutbox = field(default_factory=TwinOutbox)
    revisions: dict[str, int] = field(default_factory=dict)
    numbers: int = 0
    frozen: list[Process] = field(default_factory=list)
    replicas: list[Process] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.replicas = [self.a_process(), self.a_process()]

    def a_process(self) -> Process:
        return Process(TwinSender(self.topic, step))


class PublishingMachine(RuleBasedStateMachine):
    """Every await of the code under test is a place where something else may happen."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @rule(key=KEYS)
    def change(self, key: str) -> None:
        world = self.world
        revision = world.revisions[key] = world.revisions.get(key, 0) + 1
        world.numbers += 1
        world.outbox.rows.append(OutboxRow(world.numbers, "t", key, b"%d" % revision, MOMENT))

    @rule(replica=REPLICAS, steps=st.integers(1, 9))
    def go_on(self, replica: int, steps: int) -> None:
        for _ in range(steps):
            self.world.replicas[replica].advance(self.world.outbox)

    @rule(replica=REPLICAS, size=SIZES)
    def send_less_or_more_at_once(self, replica: int, size: BatchSize) -> None:
        self.world.replicas[replica].size = size

    @rule(replica=REPLICAS)
    def lose_patience(self, replica: int) -> None:
        self.world.replicas[replica].fail()

    @rule(replica=REPLICAS)
    def crash(self, replica: int) -> None:
        self.world.replicas[replica].crash()
        self.world.replicas[replica] = self.world.a_process()

    @rule(replica=REPLICAS)
    def freeze(self, replica: int) -> None:
        """Postgres takes the turn from whoever has it; another run of the replica begins."""
        self.world.outbox.take_away()
        self.world.frozen.append(self.world.replicas[replica])
        self.world.replicas[replica] = self.world.a_process()

    @rule()
    def thaw_a_little(self) -> None:
        for process in self.world.frozen:
            process.advance(self.world.outbox)

    @rule()
    def requests_arrive_late(self) -> None:
        self.world.topic.deliver_late()

    @rule()
    def somebody_fences_without_a_turn(self) -> None:
        self.world.topic.take_over()

    @invariant()
    def what_is_forgotten_is_in_the_topic(self) -> None:
        waiting = {(row.key, row.value) for row in self.world.outbox.rows}
        published = set(self.world.topic.committed)
        for key, last in self.world.revisions.items():
            for revision in range(1, last + 1):
                assert (key, b"%d" % revision) in waiting | published

    def teardown(self) -> None:
        """All go on without further trouble: it comes to an end, and what thaws then adds nothing."""
        world = self.world
        everybody = [*world.frozen, *world.replicas]
        for _ in range(ENOUGH_STEPS):
            if not world.outbox.rows:
                break
            for process in everybody:
                process.advance(world.outbox)
        assert not world.outbox.rows
        for _ in range(ENOUGH_STEPS):
            for process in everybody:
                if process.passing is not None:
                    process.advance(world.outbox)
            if all(process.passing is None for process in everybody):
                break
        world.topic.deliver_late()
        last = {key: int(value or b"0") for key, value in world.topic.committed}
        assert last == world.revisions


PublishingMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestPublishing = PublishingMachine.TestCase


def to_the_end(process: Process, outbox: TwinOutbox) -> None:
    """The pass that has begun, or else one whole pass."""
    process.advance(outbox)
    while process.passing is not None:
        process.advance(outbox)


@pytest.mark.parametrize("led", ["neither", "the first", "the second"])
@pytest.mark.parametrize("steps", range(20))
def test_a_replica_frozen_after_any_step_and_thawed_later_puts_nothing_behind_what_came_meanwhile(
    led: str, steps: int
) -> None:
    machine = PublishingMachine()
    world, outbox = machine.world, machine.world.outbox
    first, second = world.replicas
    if led != "neither":
        machine.change("connector/a")
        to_the_end(first if led == "the first" else second, outbox)
    machine.change("connector/a")
    for _ in range(steps):
        if outbox.rows:
            first.advance(outbox)
    outbox.take_away()
    machine.change("connector/a")
    while outbox.rows:
        to_the_end(second, outbox)
    to_the_end(first, outbox)
    world.topic.deliver_late()
    assert world.topic.committed[-1] == ("connector/a", b"%d" % world.revisions["connector/a"])


class TestTwinSender(SenderSuite):
    """The twin that the machine is about passes what the real one passes."""

    @pytest.fixture
    def topic(self) -> str:
        return "t"

    @pytest.fixture
    def twin(self) -> TwinTopic:
        return TwinTopic()

    @pytest.fixture
    def new_sender(self, twin: TwinTopic) -> Callable[[], TwinSender]:
        return lambda: TwinSender(twin)

    @pytest.fixture
    def committed(self, twin: TwinTopic) -> Callable[[], Awaitable[list[tuple[str, bytes | None]]]]:
        async def read() -> list[tuple[str, bytes | None]]:
            return list(twin.committed)

        return read
