"""Previews of transforms in the executor: guarded, in turns, so many of a workspace at once."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from connector_executor.inbound.at_once import MOST_AT_ONCE, RETRY_SECONDS
from connector_executor.inbound.callers import Refusal, Refused
from connector_executor.inbound.previews import Previews
from connector_executor.transform import Transformed, TransformFailure, Turn
from connectors_shared.contract.trial import TransformOrder, TransformReport

WORKSPACE, OTHER = UUID(int=1), UUID(int=2)


class ScriptedTransformer:
    """Answers as told, once there is no gate."""

    def __init__(self) -> None:
        self.outcome: Transformed | TransformFailure = Transformed({"a": 1})
        self.turns: list[Turn] = []
        self.gate: asyncio.Event | None = None

    async def evaluate(self, _expression: str, _document: Any, *, turn: Turn) -> Transformed | TransformFailure:
        self.turns.append(turn)
        if self.gate is not None:
            await self.gate.wait()
        return self.outcome


@pytest.fixture
async def transformer() -> ScriptedTransformer:
    return ScriptedTransformer()


def previews(transformer: ScriptedTransformer, *, stopping: bool = False) -> Previews:
    stand_in: Any = transformer
    return Previews(stand_in, lambda: stopping)


def an_order(workspace_id: UUID = WORKSPACE) -> TransformOrder:
    return TransformOrder(workspace_id=workspace_id, expression="a", document={"a": 1})


async def test_it_takes_a_turn_of_its_workspace(transformer: ScriptedTransformer) -> None:
    assert await previews(transformer).run(an_order()) == TransformReport(success=True, output={"a": 1})
    assert transformer.turns == [Turn(str(WORKSPACE), "preview")]


async def test_an_error_has_its_code_and_position(transformer: ScriptedTransformer) -> None:
    transformer.outcome = TransformFailure("T2001", "No number (at character 3).", 3)
    report = await previews(transformer).run(an_order())
    assert isinstance(report, TransformReport)
    assert report.error is not None
    assert (report.success, report.error.code, report.error.position) == (False, "T2001", 3)


async def test_a_workspace_has_so_many_at_once_and_others_their_own(transformer: ScriptedTransformer) -> None:
    transformer.gate, desk = asyncio.Event(), previews(transformer)
    running = [asyncio.create_task(desk.run(an_order())) for _ in range(MOST_AT_ONCE)]
    while len(transformer.turns) < MOST_AT_ONCE:
        await asyncio.sleep(0)
    assert await desk.run(an_order()) == Refused(Refusal.TOO_MANY, RETRY_SECONDS)
    other = asyncio.create_task(desk.run(an_order(OTHER)))
    transformer.gate.set()
    reports = await asyncio.gather(other, *running)
    assert all(isinstance(report, TransformReport) for report in reports)
    assert isinstance(await desk.run(an_order()), TransformReport)


async def test_nothing_is_begun_at_the_end(transformer: ScriptedTransformer) -> None:
    assert await previews(transformer, stopping=True).run(an_order()) == Refused(Refusal.STOPPING, 1.0)
    assert transformer.turns == []
