"""A token that an API refuses: the registry is asked once, whoever was refused, and nothing is called meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from connector_executor.connectors.table import ConnectorTable
from connector_executor.parking.port import ParkReason
from connector_executor.tokens import refreshes as module
from connector_executor.tokens.port import TokenRegistryError
from connector_executor.tokens.refreshes import Refreshes
from connectors_shared.contract.refresh import Refreshed, RefreshReport
from connectors_shared.runtime.supervision import Supervisor
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE
from tests.unit.executor.a_credential import CREDENTIAL, OAUTH2, a_credential, a_table, a_token


@dataclass
class Registry:
    """Answers when it is let, with what it is told."""

    report: RefreshReport | TokenRegistryError
    asked: list[tuple[UUID, UUID, int]] = field(default_factory=list)
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def refresh(self, workspace_id: UUID, credential_id: UUID, revision: int) -> RefreshReport:
        self.asked.append((workspace_id, credential_id, revision))
        await self.answers.wait()
        if isinstance(self.report, TokenRegistryError):
            raise self.report
        return self.report


@dataclass
class Scene:
    registry: Registry
    table: ConnectorTable
    refreshes: Refreshes
    supervisor: Supervisor
    released: list[UUID] = field(default_factory=list)

    @property
    def hold(self) -> ParkReason | None:
        plan = self.table.plan(CONNECTOR)
        assert plan is not None
        return plan.hold

    def ask(self, refused: int) -> bool:
        return self.refreshes.ask(self.table.credentials.live(CREDENTIAL), WORKSPACE, refused)

    async def settled(self) -> None:
        self.registry.answers.set()
        while self.supervisor.busy:
            await asyncio.sleep(0)


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(module, "PAUSES", (0.0, 0.0))
    table = a_table(None)
    table.apply_credential(CREDENTIAL, a_token(1))
    supervisor, registry = Supervisor(lambda: None), Registry(RefreshReport(refreshed=Refreshed.RENEWED, revision=2))
    plan = table.plan(CONNECTOR)
    made = Scene(registry, table, Refreshes(registry, supervisor), supervisor)
    made.refreshes.on_release = made.released.append
    yield made
    assert plan is not None
    await supervisor.close()


async def test_two_hundred_refused_calls_ask_once_and_hold_the_credential_until_the_next_token_comes(
    scene: Scene,
) -> None:
    assert all(scene.ask(1) for _ in range(200))
    assert scene.hold is ParkReason.TOKEN_MISSING
    await asyncio.sleep(0)
    scene.registry.answers.set()
    for _ in range(10):
        await asyncio.sleep(0)
    assert scene.hold is ParkReason.TOKEN_MISSING, "it is announced, and has not come"
    assert scene.table.apply_credential(CREDENTIAL, a_token(2)) == [CONNECTOR]
    await scene.settled()
    assert (scene.hold, scene.registry.asked) == (None, [(WORKSPACE, CREDENTIAL, 1)])
    assert scene.released == [], "the change itself wakes who waits"


async def test_who_was_refused_with_an_older_token_calls_again_with_the_present_one(scene: Scene) -> None:
    scene.table.apply_credential(CREDENTIAL, a_token(2))
    assert scene.ask(1)
    assert (scene.hold, scene.registry.asked) == (None, [])


async def test_a_new_token_that_is_refused_is_a_failure_for_all_who_follow(scene: Scene) -> None:
    scene.registry.report = RefreshReport(refreshed=Refreshed.FRESH, revision=1)
    assert scene.ask(1)
    await scene.settled()
    assert (scene.hold, scene.released) == (None, [CREDENTIAL])
    assert not scene.ask(1)
    assert len(scene.registry.asked) == 1


async def test_one_whose_new_tokens_are_refused_as_well_is_asked_for_ever_less_and_holds_nobody_meanwhile(
    scene: Scene,
) -> None:
    now = 0.0
    scene.refreshes = Refreshes(scene.registry, scene.supervisor, lambda: now)
    scene.registry.answers.set()
    for asked, pause in ((1, 30.0), (2, 60.0), (3, 120.0)):
        scene.registry.report = RefreshReport(refreshed=Refreshed.RENEWED, revision=asked + 1)
        assert scene.ask(asked)
        scene.table.apply_credential(CREDENTIAL, a_token(asked + 1))
        await scene.settled()
        now += pause - 1
        assert (scene.ask(asked + 1), scene.hold, len(scene.registry.asked)) == (False, None, asked)
        now += 1


async def test_a_registry_that_does_not_answer_is_asked_a_few_times_and_holds_nobody_for_ever(scene: Scene) -> None:
    scene.registry.report = TokenRegistryError("away")
    assert scene.ask(1)
    await scene.settled()
    assert (scene.hold, scene.released, len(scene.registry.asked)) == (None, [CREDENTIAL], 2)


async def test_without_a_registry_a_refusal_is_what_it_is(scene: Scene) -> None:
    refreshes = Refreshes(None, scene.supervisor)
    assert not refreshes.ask(scene.table.credentials.live(CREDENTIAL), WORKSPACE, 1)
    assert scene.hold is None


def test_one_without_a_token_waits_and_a_stale_one_is_not_even_tried() -> None:
    table = a_table(None)
    bare = a_credential(type="oauth2", secrets={}, public=OAUTH2)
    table.apply_credential(CREDENTIAL, bare.to_json())
    plan = table.plan(CONNECTOR)
    assert plan is not None
    assert plan.hold is ParkReason.TOKEN_MISSING
    stale = a_credential(type="oauth2", revision=2, secrets={}, public=OAUTH2, status="stale")
    table.apply_credential(CREDENTIAL, stale.to_json())
    plan = table.plan(CONNECTOR)
    assert plan is not None
    assert (plan.hold, plan.lacks_token) == (ParkReason.CREDENTIAL_STALE, True)
    table.apply_credential(CREDENTIAL, a_token(3))
    plan = table.plan(CONNECTOR)
    assert plan is not None
    assert (plan.hold, plan.is_renewed) == (None, True)
