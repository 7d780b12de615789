"""`connectors why` and `connectors parked`, as they are typed and printed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from connectors_local.cli import main
from connectors_local.commands.command import CommandError
from connectors_local.operators.target import Target
from connectors_local.tokens import DEMO_WORKSPACE, admin_token
from tests.unit.operators.fake_executor import (
    TOKEN,
    FakeExecutor,
    FakeRegistry,
    a_parked_execution,
    a_status,
    in_seconds,
    served,
)

CONNECTOR = UUID(int=7)
NAMES = ("CONNECTORS_REGISTRY_URL", "CONNECTORS_EXECUTOR_URL", "CONNECTORS_TOKEN", "CONNECTORS_OPERATOR_TOKEN")


@dataclass
class Service:
    executor: FakeExecutor = field(default_factory=FakeExecutor)
    registry: FakeRegistry = field(default_factory=lambda: FakeRegistry({"Phone": CONNECTOR}))


@pytest.fixture
async def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    service = Service()
    service.executor.statuses[CONNECTOR] = a_status(CONNECTOR, state="limited", summary="One call per second.")
    service.executor.backlogs[CONNECTOR] = [a_parked_execution(number) for number in range(1, 4)]
    async with served(service.executor, service.registry) as (executor_url, registry_url):
        monkeypatch.setenv("CONNECTORS_STATE_DIR", str(tmp_path))
        token = admin_token("s" * 32, DEMO_WORKSPACE)
        for name, value in zip(NAMES, (registry_url, executor_url, token, TOKEN), strict=True):
            monkeypatch.setenv(name, value)
        yield service


async def connectors(*arguments: str) -> int:
    """In a thread, as the command has an event loop of its own."""
    return await asyncio.to_thread(main, arguments)


@pytest.mark.parametrize("named", ["Phone", str(CONNECTOR)])
async def test_why_answers_for_an_id_and_for_a_name(
    service: Service, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await connectors("why", named) == 0
    assert "LIMITED: One call per second." in capsys.readouterr().out


async def test_why_for_a_connector_that_the_executor_does_not_know_exits_with_1(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await connectors("why", str(UUID(int=99))) == 1
    assert "UNKNOWN: No such connector." in capsys.readouterr().out


async def test_a_name_that_the_registry_does_not_know_is_repeated(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await connectors("why", "Fone") == 1
    assert "the workspace has no connector named 'Fone'" in capsys.readouterr().err


async def test_a_wrong_internal_token_is_said_by_the_name_of_its_variable(
    service: Service, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONNECTORS_OPERATOR_TOKEN", "canary-token")
    assert await connectors("why", "Phone") == 1
    error = capsys.readouterr().err
    assert "CONNECTORS_OPERATOR_TOKEN" in error
    assert "canary-token" not in error


async def test_the_list_shows_a_line_for_each_in_order(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    backlog = service.executor.backlogs[CONNECTOR]
    backlog[0] |= {"leased": True, "lane": 0}
    backlog[1] |= {"notBefore": in_seconds(10**9), "reason": "retry", "attempt": 2}
    assert await connectors("parked", "list", "Phone") == 0
    heading, first, second, third = capsys.readouterr().out.splitlines()
    assert heading.split() == ["execution", "lane", "why", "attempt", "parked", "not", "before"]
    assert first.startswith(f"{UUID(int=1)}  0")
    assert first.rstrip().endswith("running now")
    assert second.split()[:4] == [str(UUID(int=2)), "normal", "retry", "2"]
    assert third.rstrip().endswith("–")


async def test_a_longer_list_says_how_to_go_on(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    assert await connectors("parked", "list", "Phone", "-n", "2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "… and more: connectors parked list Phone --after 2"
    assert await connectors("parked", "list", "Phone", "--after", "2") == 0
    assert str(UUID(int=3)) in capsys.readouterr().out


async def test_an_empty_backlog_is_said(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.executor.backlogs.clear()
    assert await connectors("parked", "list", "Phone") == 0
    assert capsys.readouterr().out == "nothing is parked\n"


async def test_some_are_cancelled_and_what_was_not_is_said(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await connectors("parked", "cancel", "Phone", str(UUID(int=1)), str(UUID(int=2))) == 0
    assert "2 cancelled" in capsys.readouterr().out
    assert await connectors("parked", "cancel", "Phone", str(UUID(int=1)), str(UUID(int=3))) == 1
    assert "1 of 2 cancelled" in capsys.readouterr().out
    assert [body["workspaceId"] for _, body in service.executor.cancellations] == [str(DEMO_WORKSPACE)] * 2


async def test_all_are_cancelled_only_when_asked_for_by_name(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await connectors("parked", "cancel", "Phone", "--all") == 0
    assert "3 cancelled" in capsys.readouterr().out
    assert service.executor.cancellations[0][1]["executionIds"] is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["cancel", "Phone"],
        ["cancel", "Phone", "--all", str(UUID(int=1))],
        ["cancel", "Phone", "not-an-id"],
        ["list", "Phone", "-n", "0"],
        [],
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["parked", *arguments])
    assert caught.value.code == 2


@pytest.mark.parametrize("missing", NAMES)
def test_a_missing_variable_is_named(missing: str) -> None:
    complete = dict.fromkeys(NAMES, "x") | {"CONNECTORS_TOKEN": admin_token("s" * 32, DEMO_WORKSPACE)}
    with pytest.raises(CommandError, match=f"{missing} is not set"):
        Target.of({name: value for name, value in complete.items() if name != missing})


def test_a_target_shows_no_token() -> None:
    token = admin_token("s" * 32, DEMO_WORKSPACE)
    target = Target.of(dict.fromkeys(NAMES, "canary-token") | {"CONNECTORS_TOKEN": token})
    assert "canary-token" in target.registry_url
    assert token not in repr(target)
    assert repr(target).count("canary-token") == 2


async def test_the_execution_that_holds_a_watermark_is_named(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    execution_id = UUID(int=5)
    holder = {
        "executionId": str(execution_id),
        "workspaceId": str(UUID(int=1)),
        "connectorId": str(CONNECTOR),
        "attempt": 2,
        "admitted": True,
    }
    service.executor.watermarks = [
        {"partition": 0, "watermark": None, "unfinished": 0, "seconds": 0.0, "holder": None},
        {"partition": 3, "watermark": 41, "unfinished": 7, "seconds": 75.0, "holder": holder},
        {"partition": 4, "watermark": 9, "unfinished": 1, "seconds": 2.0, "holder": None},
    ]
    assert await connectors("watermark") == 0
    _, idle, held, looked_up = capsys.readouterr().out.splitlines()
    assert idle.split() == ["0", "–", "0", "–", "–", "–", "–", "–"]
    assert held.split() == ["3", "41", "7", "1", "min", "15", "s", str(execution_id), str(CONNECTOR), "2", "admitted"]
    assert looked_up.endswith("is looked up or set aside")


async def test_an_executor_without_partitions_says_so(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    assert await connectors("watermark") == 0
    assert "no partition" in capsys.readouterr().out
