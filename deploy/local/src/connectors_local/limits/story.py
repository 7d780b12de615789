"""The story: the healthy ones alone, then the noisy ones beside them, then the questions, then the clearing away."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from connectors_local.demo.latencies import Latencies
from connectors_local.limits.board import Board
from connectors_local.limits.cast import NOISY, TROUBLE, Part, of_part
from connectors_local.limits.load import Publisher
from connectors_local.limits.script import ALONE, ASKING, BESIDE, CLEARING, GOING_ON, Script
from connectors_local.limits.stage import Stage
from connectors_local.limits.verdict import Verdict, judge
from connectors_shared.contract.status import ConnectorStatus


class Audience(Protocol):
    """Who is shown how it goes."""

    def say(self, line: str) -> None: ...

    def show(self, board: Board) -> None:
        """Every second or so."""


@dataclass(frozen=True, slots=True)
class Told:
    """What happened: the executor's answers about the noisy ones, and what to make of it."""

    answers: Mapping[Part, ConnectorStatus]
    verdict: Verdict


@dataclass(slots=True)
class Story:
    """Every method raises ApiError and ExchangeError."""

    stage: Stage
    publisher: Publisher
    audience: Audience
    script: Script

    async def tell(self) -> Told:
        stage, script = self.stage, self.script
        began = stage.monotonic()
        async with self.publisher.open_loop(of_part(stage.cast, Part.HEALTHY), script.healthy_per_second):
            await self._play(ALONE, script.alone_seconds)
            now = stage.monotonic()
            stage.baseline = stage.tally.healthy_latencies(began + script.warm_up_seconds, now, now)
            joined = stage.monotonic()
            await self._let_the_noisy_in()
            await self._play(BESIDE, script.noisy_seconds)
            left = stage.monotonic()
        return await self._ask(joined, left)

    async def go_on(self) -> None:
        """The healthy load again, for whoever watches; until it is cancelled."""
        healthy = of_part(self.stage.cast, Part.HEALTHY)
        async with self.publisher.open_loop(healthy, self.script.healthy_per_second):
            while True:
                await self._look(GOING_ON)

    async def clear_away(self) -> None:
        """Nothing that the story brought in is left to run, as far as that can be had in a few seconds."""
        deadline = self.stage.monotonic() + self.script.clearing_seconds
        cancelled = 0
        while True:
            cancelled += await self.stage.cancel_the_noisy()
            board = await self._look(CLEARING)
            left = sum(self.stage.tally.unanswered(part) for part in Part)
            if (board.quiet and not left) or self.stage.monotonic() >= deadline:
                break
        self.audience.say(
            f"{cancelled} parked executions cancelled; " + (f"{left} have no result yet" if left else "nothing is left")
        )

    async def _let_the_noisy_in(self) -> None:
        for part in NOISY:
            (connector,) = of_part(self.stage.cast, part)
            await self.publisher.burst(connector, self.script.backlogs[part])
            self.audience.say(f"{self.script.backlogs[part]} executions at once for the one that {TROUBLE[part]}")

    async def _play(self, scene: str, seconds: float) -> None:
        deadline = self.stage.monotonic() + seconds
        while self.stage.monotonic() < deadline:
            await self._look(scene)

    async def _look(self, scene: str) -> Board:
        board = await self.stage.look(scene)
        self.audience.show(board)
        await asyncio.sleep(self.script.look_seconds)
        return board

    async def _ask(self, joined: float, left: float) -> Told:
        """Look until all is as promised, or for as long as is allowed; the last look counts."""
        deadline = self.stage.monotonic() + self.script.asking_seconds
        while True:
            board = await self._look(ASKING)
            answers = {part: board.statuses[of_part(self.stage.cast, part)[0].id] for part in NOISY}
            verdict = judge(board, answers, self._beside_the_noisy(joined, left))
            if verdict.ok or self.stage.monotonic() >= deadline:
                return Told(answers, verdict)

    def _beside_the_noisy(self, joined: float, left: float) -> Latencies | None:
        return self.stage.tally.healthy_latencies(joined, left, self.stage.monotonic())
