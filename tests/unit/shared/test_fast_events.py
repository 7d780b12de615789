"""Events that come with every execution are written like all others."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from connectors_shared.runtime.fast_events import FastEvent, write
from connectors_shared.runtime.logging import STRAIGHT, configure_logging, get_logger


class Seen(FastEvent, kw_only=True):
    event: str = "thing.seen"
    thing: str
    status: int | None = None
    duration_ms: float = 0.5


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    configured = structlog.get_config()
    yield
    structlog.configure(**configured)
    STRAIGHT.lines = None


def lines(output: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.readouterr().out.splitlines()]


def test_the_line_is_that_of_any_other_event(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("connectors-test")
    write(Seen(thing='a "b"'))
    get_logger("somewhere").info("thing.seen", thing='a "b"', status=None, duration_ms=0.5)
    one, other = lines(capsys)
    assert len(one.pop("timestamp")) == len(other.pop("timestamp"))
    assert one == other


def test_it_is_not_written_below_the_level(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("connectors-test", "WARNING")
    write(Seen(thing="a"))
    assert lines(capsys) == []


def test_it_is_written_for_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("connectors-test", log_format="console")
    write(Seen(thing="a"))
    shown = capsys.readouterr().out
    assert "thing.seen" in shown
    assert "thing" in shown
    assert not shown.startswith("{")


def test_it_is_an_event_like_others_where_nothing_is_configured() -> None:
    with capture_logs() as captured:
        write(Seen(thing="a"))
    assert captured == [{"event": "thing.seen", "log_level": "info", "thing": "a", "status": None, "duration_ms": 0.5}]


def test_a_field_that_would_have_to_be_redacted_is_refused() -> None:
    with pytest.raises(TypeError, match="access_token"):
        type("Leaky", (FastEvent,), {"__annotations__": {"access_token": str}})
