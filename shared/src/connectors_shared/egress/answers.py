"""How much of all answers may be in memory at once, and how much of that those of one connector or workspace.

A body is counted while it is read, and until the caller releases it. When a share is used up, nothing more is read
(the upstream waits in its socket), except for one answer at a time: the one that has the pass of the share. So what
exceeds a share belongs to one answer. One that came whole is counted above 16 KiB, and waits for nobody.

To exceed its workspace's share an answer needs the pass of its connector as well, and both of them to exceed the whole.
The passes are always taken in this order, so the answer that has the last one waits for no other: there is no deadlock.
"""

import asyncio
from collections.abc import Hashable
from contextlib import suppress

from connectors_shared.runtime.shares import CONNECTOR_TIMES, WORKSPACE_TIMES, Party, Shares

Whose = tuple[Hashable, Hashable]
"""Workspace and connector."""


class Answers:
    """Of a whole process. Above `most_bytes` by at most one answer and one piece of each other."""

    def __init__(self, most_bytes: int) -> None:
        self._shares = Shares(most_bytes)
        self._passes: dict[Hashable, Hold] = {}
        self._freed: asyncio.Event | None = None

    @property
    def held_bytes(self) -> int:
        return self._shares.taken

    def begin(self, deadline: float, whose: Whose) -> "Hold":
        """`deadline` is on the loop's clock; nobody waits beyond it."""
        return Hold(self, deadline, whose)

    def _may_go_on(self, hold: "Hold") -> bool:
        party = self._shares.widest_refusal(*hold.whose, urgent=True)
        if party is None:
            return True
        needed = _passes_beyond(party, hold.whose)
        if any(self._passes.get(share, hold) is not hold for share in needed):
            return False
        self._passes.update(dict.fromkeys(needed, hold))
        return True

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

    def _add(self, hold: "Hold", size: int) -> None:
        self._shares.take(*hold.whose, size)

    def _free(self, hold: "Hold") -> None:
        if hold.bytes:
            self._shares.give_back(*hold.whose, hold.bytes)
        for share in _shares_of(hold.whose):
            if self._passes.get(share) is hold:
                del self._passes[share]
        if self._freed is not None:
            self._freed.set()
            self._freed = None


class Hold:
    """What one answer takes."""

    __slots__ = ("_answers", "bytes", "deadline", "whose")

    def __init__(self, answers: Answers, deadline: float, whose: Whose) -> None:
        self._answers: Answers | None = answers
        self.deadline = deadline
        self.whose = whose
        self.bytes = 0

    async def take(self, size: int) -> None:
        """Count a piece that has been read; returns when the next one may be, or at the deadline."""
        assert self._answers is not None
        self.bytes += size
        await self._answers._take(self, size)

    def add(self, size: int) -> None:
        """Count what has come, of which nothing follows."""
        assert self._answers is not None
        self.bytes += size
        self._answers._add(self, size)

    def release(self) -> None:
        """Nobody needs it any more. Repeating it changes nothing."""
        answers, self._answers = self._answers, None
        if answers is not None:
            answers._free(self)


def _shares_of(whose: Whose) -> tuple[Hashable, Hashable, Hashable]:
    """From the narrowest: of its connector, of its workspace, and of all together."""
    workspace, connector = whose
    return (CONNECTOR_TIMES, connector), (WORKSPACE_TIMES, workspace), None


def _passes_beyond(party: Party, whose: Whose) -> tuple[Hashable, ...]:
    """Of the share that is used up, and of those within it."""
    shares = _shares_of(whose)
    return shares if party[0] == 0 else shares[: 1 + (party[0] == WORKSPACE_TIMES)]
