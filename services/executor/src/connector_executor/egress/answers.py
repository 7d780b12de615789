"""How much of all answers may be in memory at once.

A body is counted while it comes, and until whoever asked for it is done with it. At the ceiling nothing more is read,
so that upstreams wait in their own sockets, except for the answer that was begun first: one can always go on, and
what it frees lets the next one go on.
"""

import asyncio
from contextlib import suppress


class Answers:
    """Of a whole process. Above `most_bytes` by at most one answer and one piece of each other."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._holds: dict[Hold, None] = {}
        self._freed: asyncio.Event | None = None
        self.held_bytes = 0

    def begin(self, deadline: float) -> "Hold":
        """`deadline` is on the loop's clock; nobody waits beyond it."""
        hold = Hold(self, deadline)
        self._holds[hold] = None
        return hold

    def _may_go_on(self, hold: "Hold") -> bool:
        return self.held_bytes <= self._most_bytes or next(iter(self._holds)) is hold

    async def _wait_for_room(self, hold: "Hold") -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(hold.deadline):
                while not self._may_go_on(hold):
                    if self._freed is None:
                        self._freed = asyncio.Event()
                    await self._freed.wait()

    def _free(self, hold: "Hold") -> None:
        del self._holds[hold]
        self.held_bytes -= hold.bytes
        if self._freed is not None:
            self._freed.set()
            self._freed = None


class Hold:
    """What one answer takes."""

    __slots__ = ("_answers", "bytes", "deadline")

    def __init__(self, answers: Answers, deadline: float) -> None:
        self._answers: Answers | None = answers
        self.deadline = deadline
        self.bytes = 0

    async def take(self, size: int) -> None:
        """Count a piece that has been read; returns when the next one may be, or at the deadline."""
        answers = self._answers
        assert answers is not None
        self.bytes += size
        answers.held_bytes += size
        if not answers._may_go_on(self):
            await answers._wait_for_room(self)

    def release(self) -> None:
        """Repeating it changes nothing."""
        answers, self._answers = self._answers, None
        if answers is not None:
            answers._free(self)
