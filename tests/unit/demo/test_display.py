"""What the demo prints where nobody's terminal is."""

import io
from typing import Any
from uuid import uuid4

import pytest
from rich.console import Console

from connectors_local.console import building
from connectors_local.console.building import build_beside
from connectors_local.console.node import ConsoleError
from connectors_local.demo.display import Display, before_and_after, where_to_look
from connectors_local.demo.flow import Progress
from connectors_local.state import StackRecord

PASSWORD = uuid4().hex


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=132)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_progress_is_a_line_for_each_quarter(console: Console) -> None:
    display = Display(console)
    with display.follow(100):
        for ended in range(101):
            display.progress(Progress(total=100, ended=ended))
    assert printed(console).splitlines() == [f"{count} of 100 runs ended" for count in (25, 50, 75, 100)]


def test_a_line_is_printed_as_it_is_whatever_is_in_it(console: Console) -> None:
    line = "[bold]not markup[/bold] " + "x" * 300
    Display(console).say(line)
    assert printed(console) == line + "\n"


def test_the_table_shows_each_contact_before_and_after(console: Console) -> None:
    before: dict[str, Any] = {"phone": "+12065550100", "first_name": "A.", "city": None, "custom_fields": {}}
    after = before | {
        "first_name": "Ann",
        "city": "Seattle",
        "custom_fields": {"income": 87500, "credit_score": 0, "offer": "none"},
    }
    console.print(before_and_after([before], [after]))
    was, now = (line for line in printed(console).splitlines() if "before" in line or "after" in line)
    assert [cell.strip() for cell in was.split("│")[1:-1]] == ["+12065550100", "before", "A.", *"–––––––"]
    assert [cell.strip() for cell in now.split("│")[1:-1]] == [
        *("", "after", "Ann", "–", "Seattle", "–", "–", "87500", "0", "none")
    ]


@pytest.fixture
def record() -> StackRecord:
    return StackRecord(
        *("ready", 1, "x"),
        registry_url="http://r",
        mapper_url="http://m",
        executor_url="http://e",
        history_url="http://h",
        registry_internal_url="http://ri",
        mapper_internal_url="http://mi",
        pretend_api_url="http://api",
        database_url=f"postgres://u:{PASSWORD}@h/d",
    )


def test_where_to_look_holds_the_addresses_but_no_password(record: StackRecord) -> None:
    text = "\n".join(where_to_look(record, "http://r/sign-in?code=x"))
    assert all(f"{url}/metrics" in text for url in ("http://ri", "http://mi", "http://e", "http://h"))
    assert "http://ri/docs" in text
    assert "http://r/sign-in?code=x" in text
    assert "http://api/v2/identities/byPhone" in text, "what to call with a connector of one's own"
    assert PASSWORD not in text


def test_a_console_that_could_not_be_built_is_not_linked_to(record: StackRecord) -> None:
    text = "\n".join(where_to_look(record, None))
    assert "sign-in" not in text
    assert "make console" in text
    assert "http://ri/docs" in text


async def test_whoever_builds_the_console_beside_is_told_whether_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    async def fails(_announce: object) -> bool:
        raise ConsoleError("no room")

    async with build_beside(said.append, wanted=False) as there:
        assert not await there
    monkeypatch.setattr(building, "build_console", fails)
    async with build_beside(said.append) as there:
        assert not await there
    assert said == ["the console is not built: no room"]

    async def stands(_announce: object) -> bool:
        return False

    monkeypatch.setattr(building, "build_console", stands)
    async with build_beside(said.append) as there:
        assert await there
