"""How much of all answers may be in memory at once, and how much of that those of one connector or workspace.

A body is counted while it comes, and until whoever asked for it is done with it. Beyond its share nothing more is read,
so that upstreams wait in their own sockets, except for the answer that was begun first of those that are still being
read: one of a share can always go on, and what it frees lets the next one go on.
"""

import asyncio
from collections.abc import Hashable
from contextlib import suppress

from connector_executor.shares import CONNECTOR_TIMES, Shares

Whose = tuple[Hashable, Hashable]
"""Workspace and connector."""


class Answers:
    """Of a whole process. Above `most_bytes` by at most one answer and one piece of each other."""

    def __init__(self, most_bytes: int) -> None:
        self._shares = Shares(most_bytes)
        self._read: dict[Hashable, dict[Hold, None]] = {}
        self._freed: asyncio.Event | None = None

    @property
    def held_bytes(self) -> int:
        return self._shares.taken

    def begin(self, deadline: float, whose: Whose) -> "Hold":
        """`deadline` is on the loop's clock; nobody waits beyond it."""
        hold = Hold(self, deadline, whose)
        for queue in _queues(whose):
            self._read.setdefault(queue, {})[hold] = None
        return hold

    def _may_go_on(self, hold: "Hold") -> bool:
        party = self._shares.refusal(*hold.whose, urgent=True)
        if party is None:
            return True
        times, who, _ = party
        queue = _EVERYBODY if times == 0 else (times == CONNECTOR_TIMES, who)
        return next(iter(self._read[queue])) is hold

    async def _take(self, hold: "Hold", size: int) -> None:
        self._shares.take(*hold.whose, size)
        if self._may_go_on(hold):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout_at(hold.deadline):
                while not self._may_go_on(hold):
                    if self._freed is None:
                        self._freed = asyncio.Event()
                    await self._freed.wait()

    def _end(self, hold: "Hold") -> None:
        for queue in _queues(hold.whose):
            del self._read[queue][hold]
            if not self._read[queue]:
                del self._read[queue]
        self._wake()

    def _free(self, hold: "Hold") -> None:
        if hold.bytes:
            self._shares.give_back(*hold.whose, hold.bytes)
        self._wake()

    def _wake(self) -> None:
        if self._freed is not None:
            self._freed.set()
            self._freed = None


class Hold:
    """What one answer takes."""

    __slots__ = ("_answers", "_reading", "bytes", "deadline", "whose")

    def __init__(self, answers: Answers, deadline: float, whose: Whose) -> None:
        self._answers: Answers | None = answers
        self._reading = True
        self.deadline = deadline
        self.whose = whose
        self.bytes = 0

    async def take(self, size: int) -> None:
        """Count a piece that has been read; returns when the next one may be, or at the deadline."""
        assert self._answers is not None
        self.bytes += size
        await self._answers._take(self, size)

    def end(self) -> None:
        """All of it has been read. Repeating it changes nothing."""
        if self._reading and self._answers is not None:
            self._reading = False
            self._answers._end(self)

    def release(self) -> None:
        """Nobody needs it any more. Repeating it changes nothing."""
        self.end()
        answers, self._answers = self._answers, None
        if answers is not None:
            answers._free(self)


_EVERYBODY: Hashable = None


def _queues(whose: Whose) -> tuple[Hashable, ...]:
    """Where an answer waits for its turn: among all, those of its workspace, and those of its connector."""
    workspace, connector = whose
    return _EVERYBODY, (False, workspace), (True, connector)
