"""One JSON line per event, and no secret in it."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import structlog

from connectors_shared.runtime.intake import intake_broker
from connectors_shared.runtime.logging import NOISY, configure_logging, get_logger, redact
from tests.unit.shared.test_sensitive import SECRET_NAMES

SECRET = "do-not-log-me-4711"


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    quiet = {name: logging.getLogger(name).level for name in NOISY}
    configured = structlog.get_config()
    yield
    structlog.configure(**configured)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)


def last_line(output: pytest.CaptureFixture[str]) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(output.readouterr().out.strip().splitlines()[-1])
    return line


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_field_whose_name_says_secret_is_blanked(name: str) -> None:
    event = redact(None, "info", {"event": "call.made", name: SECRET, "status": 200})
    assert event == {"event": "call.made", name: "[redacted]", "status": 200}


def test_an_event_is_one_json_line_with_service_level_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("connectors-test")
    get_logger("somewhere").warning("execution.attempted", attempt=2, token=SECRET)
    line = last_line(capsys)
    assert (line["event"], line["service"], line["level"]) == ("execution.attempted", "connectors-test", "warning")
    assert (line["attempt"], line["token"]) == (2, "[redacted]")
    assert line["timestamp"].endswith("Z")


def test_events_of_libraries_have_the_same_shape(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("connectors-test")
    logging.getLogger("some.library").error("it %s", "broke", extra={"partition": 3})
    line = last_line(capsys)
    assert (line["event"], line["service"], line["level"]) == ("it broke", "connectors-test", "error")
    assert line["partition"] == 3


def test_consuming_logs_nothing_in_a_shape_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("connectors-test")
    broker = intake_broker("127.0.0.1:1", "client")
    logger: Any = broker.config.logger.params_storage.get_logger(context=broker.context)
    logger.log(logging.WARNING, "topics are made by others")
    assert capsys.readouterr() == ("", "")
    logger.log(logging.ERROR, "it broke")
    line = last_line(capsys)
    assert (line["event"], line["service"]) == ("it broke", "connectors-test")


async def test_an_address_that_is_asked_for_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("connectors-test")
    transport = httpx2.MockTransport(lambda _request: httpx2.Response(200))
    async with httpx2.AsyncClient(transport=transport, base_url="http://mapper") as client:
        await client.get("/api/contacts", params={"q": SECRET})
    assert SECRET not in capsys.readouterr().out


def test_secrets_that_a_library_attaches_are_blanked_too(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("connectors-test")
    logging.getLogger("some.library").error("it broke", extra={"password": SECRET})
    assert last_line(capsys)["password"] == "[redacted]"


def test_an_exception_stays_on_the_line_of_its_event(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("connectors-test")
    try:
        raise RuntimeError("what happened")
    except RuntimeError as error:
        get_logger("somewhere").error("request.failed", exc_info=error)
    output = capsys.readouterr().out.strip()
    assert len(output.splitlines()) == 1
    assert "RuntimeError: what happened" in json.loads(output)["exception"]


def test_values_that_json_does_not_know_are_written_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("connectors-test")
    get_logger("somewhere").info("thing.seen", thing=complex(1, 2), by_number={1: "a"})
    line = last_line(capsys)
    assert line["thing"] == "(1+2j)"
    assert line["by_number"] == {"1": "a"}


def test_events_below_the_level_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("connectors-test")
    get_logger("somewhere").debug("detail.seen")
    logging.getLogger("aiokafka").info("chatter")
    assert capsys.readouterr().out == ""


def test_nothing_that_is_logged_fails_who_logs(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("connectors-test")
    get_logger("somewhere").info("thing.seen", large=2**70, half="\ud800", thing={1: complex(1, 2)})
    line = last_line(capsys)
    assert (line["large"], line["half"], line["thing"]) == (2**70, "\ud800", {"1": "(1+2j)"})


def test_our_lines_and_those_of_libraries_keep_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("connectors-test")
    get_logger("somewhere").info("first.seen")
    logging.getLogger("some.library").warning("second")
    get_logger("somewhere").warning("third.seen")
    said = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert said == ["first.seen", "second", "third.seen"]


FAULT = """
import {first}
from connectors_shared.runtime.logging import get_logger

def attempt(password):
    raise ValueError("it broke")

try:
    attempt("{secret}")
except ValueError:
    get_logger("anywhere").exception("attempt.failed", token="{secret}", nested={{"api_key": "{secret}"}}, count=2)
"""


@pytest.mark.parametrize("first", ["structlog", "rich, structlog", "sys"])
def test_a_process_that_has_configured_nothing_logs_no_secret(first: str) -> None:
    """A worker, a script, whatever is imported first: neither fields nor variables of a fault are told."""
    program = FAULT.format(first=first, secret=SECRET)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == ""
    assert SECRET not in ran.stderr
    for told in ("attempt.failed", "count=2", "token=[redacted]", "ValueError: it broke"):
        assert told in ran.stderr
