"""What the demo prints where nobody's terminal is."""

import io
from typing import Any
from uuid import uuid4

import pytest
from rich.console import Console

from connectors_local.demo.display import Display, before_and_after, where_to_look
from connectors_local.demo.flow import Progress
from connectors_local.state import StackRecord


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


def test_where_to_look_holds_the_addresses_but_no_password() -> None:
    record = StackRecord(
        *("ready", 1, "x"),
        registry_url="http://r",
        mapper_url="http://m",
        executor_url="http://e",
        history_url="http://h",
        registry_internal_url="http://ri",
        mapper_internal_url="http://mi",
        pretend_api_url="http://api",
        database_url=f"postgres://u:{(password := uuid4().hex)}@h/d",
    )
    text = "\n".join(where_to_look(record, "http://r/sign-in?code=x"))
    assert all(f"{url}/metrics" in text for url in ("http://ri", "http://mi", "http://e", "http://h"))
    assert "http://ri/docs" in text
    assert "http://r/sign-in?code=x" in text
    assert "http://api/v2/identities/byPhone" in text, "what to call with a connector of one's own"
    assert password not in text
