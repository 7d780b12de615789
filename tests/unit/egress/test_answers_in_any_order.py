"""Answers are begun, read and released in any order: memory stays bounded, and somebody can always go on."""

import asyncio
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from connectors_shared.egress.answers import Answers, Hold
from connectors_shared.runtime.shares import CONNECTOR_TIMES, WORKSPACE_TIMES

CEILING = 400
ANSWER = 200
PIECE = 10
MOST_ANSWERS = 14
FAR = 1e9


@dataclass(eq=False)
class Reading:
    """One answer; `task` is under way while the next piece may not be read."""

    workspace: str
    connector: str
    hold: Hold
    task: "asyncio.Task[None] | None" = None

    @property
    def waits(self) -> bool:
        return self.task is not None and not self.task.done()

    @property
    def is_read(self) -> bool:
        return self.hold.bytes >= ANSWER

    @property
    def can_read(self) -> bool:
        return not self.waits and not self.is_read


class AnswersMachine(RuleBasedStateMachine):
    """What is read is kept until it is released, as while all workers are busy."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.answers = Answers(CEILING)
        self.open: list[Reading] = []

    def settle(self) -> None:
        async def turns() -> None:
            for _ in range(4):
                await asyncio.sleep(0)

        self.loop.run_until_complete(turns())

    def read_piece(self, reading: Reading) -> None:
        reading.task = self.loop.create_task(reading.hold.take(PIECE))
        self.settle()

    def let_go(self, reading: Reading) -> None:
        self.open.remove(reading)
        if reading.task is not None:
            reading.task.cancel()
        reading.hold.release()
        self.settle()

    def held(self, *, workspace: str = "", connector: str = "") -> int:
        return sum(reading.hold.bytes for reading in self.of(workspace, connector))

    def of(self, workspace: str, connector: str) -> list[Reading]:
        return [one for one in self.open if workspace in ("", one.workspace) and connector in ("", one.connector)]

    @precondition(lambda self: len(self.open) < MOST_ANSWERS)
    @rule(workspace=st.sampled_from("ab"), connector=st.sampled_from("xyz"))
    def begin(self, workspace: str, connector: str) -> None:
        name = workspace + connector
        self.open.append(Reading(workspace, name, self.answers.begin(FAR, (workspace, name))))

    @rule(data=st.data(), pieces=st.sampled_from([1, 3, 20]))
    def read(self, data: st.DataObject, pieces: int) -> None:
        able = [reading for reading in self.open if reading.can_read]
        if able:
            reading = data.draw(st.sampled_from(able))
            while pieces and reading.can_read:
                self.read_piece(reading)
                pieces -= 1

    @rule()
    def everybody_reads(self) -> None:
        """In turns, until each has to wait or has read all."""
        while able := [reading for reading in self.open if reading.can_read]:
            for reading in able:
                self.read_piece(reading)

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """Read to its end, or given up."""
        if self.open:
            self.let_go(data.draw(st.sampled_from(self.open)))

    @invariant()
    def what_is_beyond_the_ceiling_is_one_answer(self) -> None:
        assert self.answers.held_bytes == self.held()
        assert self.held() <= CEILING + ANSWER + PIECE * len(self.open)

    @invariant()
    def what_is_beyond_a_share_is_one_answer(self) -> None:
        for reading in self.open:
            for times, party in (
                (WORKSPACE_TIMES, self.of(reading.workspace, "")),
                (CONNECTOR_TIMES, self.of("", reading.connector)),
            ):
                share = CEILING * times / (1 + times)
                assert sum(one.hold.bytes for one in party) <= share + ANSWER + PIECE * len(party)

    @invariant()
    def nobody_waits_while_all_hold_no_more_than_their_shares(self) -> None:
        free = CEILING - self.held()
        for reading in self.open:
            if reading.waits:
                within = self.held(connector=reading.connector) < CONNECTOR_TIMES * free
                assert not (within and self.held(workspace=reading.workspace) < WORKSPACE_TIMES * free)

    @invariant()
    def one_goes_on_unless_something_read_is_to_be_released(self) -> None:
        assert not self.open or any(reading.can_read or reading.is_read for reading in self.open)

    def teardown(self) -> None:
        """What is read is released, and everything comes to its end."""
        while self.open:
            self.everybody_reads()
            self.let_go(next(reading for reading in self.open if reading.is_read))
        assert self.answers.held_bytes == 0
        self.loop.close()


AnswersMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnswersInAnyOrder = AnswersMachine.TestCase
