"""`connectors dead` against an executor that answers as told: what is asked, what is printed, how it ends."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors_local.cli import main
from connectors_local.commands.command import CommandError
from connectors_local.dead import internal_target, table
from connectors_local.ports import free_port
from connectors_local.state import LocalState, StackRecord

TOKEN = "internal-token-for-tests-0123456789abcdef"
CONNECTOR = "00000000-0000-0000-0000-000000000005"
EXECUTION = "00000000-0000-0000-0000-000000000007"


@dataclass
class FakeExecutor:
    """Answers with `answers`, one per request, and keeps what was asked."""

    answers: list[tuple[int, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    tokens: set[str | None] = field(default_factory=set)
    url: str = ""


def handler_for(executor: FakeExecutor) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else dict(parse_qsl(address.query))
            executor.asked.append((self.command, address.path, body))
            executor.tokens.add(self.headers.get("Authorization"))
            status, answer = executor.answers.pop(0)
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """The test looks at `asked` instead."""

    return Handler


@pytest.fixture
def executor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeExecutor]:
    fake = FakeExecutor()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler_for(fake)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        fake.url = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setenv("CONNECTORS_STATE_DIR", str(tmp_path / "state"))
        monkeypatch.setenv("CONNECTORS_EXECUTOR_URL", fake.url)
        monkeypatch.setenv("CONNECTORS_OPERATOR_TOKEN", TOKEN)
        with contextlib.closing(server.socket):
            yield fake
            server.shutdown()
            thread.join()


def a_letter(cursor: str = "0:41", **changed: Any) -> dict[str, Any]:
    return {
        "cursor": cursor,
        "at": "2026-01-05T12:00:00.123456Z",
        "reason": "unknown_connector",
        "detail": "not published\n in the workspace",
        "topic": "connector.execute",
        "partition": 3,
        "offset": 4000,
        "attempts": 2,
        "executionId": EXECUTION,
        "connectorId": CONNECTOR,
        "workspaceId": CONNECTOR,
        "size": 512,
        "payload": None,
    } | changed


def a_page(*letters: dict[str, Any], more: str | None = None) -> tuple[int, Any]:
    return 200, {"letters": list(letters), "nextCursor": more}


def a_part(replayed: int, more: str | None = None) -> tuple[int, Any]:
    return 200, {"replayed": replayed, "nextCursor": more, "until": ["0:57"]}


def a_problem(status: int, title: str, detail: str, *errors: dict[str, str]) -> tuple[int, Any]:
    return status, {"title": title, "status": status, "detail": detail, "errors": list(errors)}


def test_a_list_is_a_table_with_a_line_per_letter(executor: FakeExecutor, capsys: pytest.CaptureFixture[str]) -> None:
    executor.answers = [a_page(a_letter("0:107"), a_letter("0:9", reason="not_json"))]
    assert main(["dead", "list"]) == 0
    heading, first, second = capsys.readouterr().out.splitlines()
    assert heading.split()[:2] == ["CURSOR", "DIED"]
    for told in ("0:107", "2026-01-05 12:00:00", "unknown_connector", EXECUTION, CONNECTOR, "connector.execute/3/4000"):
        assert told in first
    assert first.endswith("not published in the workspace")
    assert second.startswith("0:9 ")
    assert heading.index("REASON") == first.index("unknown_connector") == second.index("not_json")
    assert executor.asked == [("GET", "/internal/dead-letters", {"kind": "execution", "limit": "20"})]
    assert executor.tokens == {f"Bearer {TOKEN}"}


def test_what_a_letter_does_not_say_is_a_dash() -> None:
    unknown = dict.fromkeys(("at", "reason", "topic", "partition", "offset", "attempts", "executionId", "connectorId"))
    _, line = table([a_letter(**unknown)])
    assert line.split()[:9] == ["0:41", "-", "-", "-", "512", "-", "-", "-", "not"]


def test_pages_are_followed_until_there_are_enough(executor: FakeExecutor, capsys: pytest.CaptureFixture[str]) -> None:
    executor.answers = [a_page(more="0:40"), a_page(a_letter("0:40"), more="0:39"), a_page(a_letter("0:1"), more="0:0")]
    assert main(["dead", "list", "--limit", "2", "--reason", "unknown_connector", "--connector", CONNECTOR]) == 0
    wanted = {"kind": "execution", "reason": "unknown_connector", "connectorId": CONNECTOR}
    assert [asked for _, _, asked in executor.asked] == [
        wanted | {"limit": "2"},
        wanted | {"limit": "2", "cursor": "0:40"},
        wanted | {"limit": "1", "cursor": "0:39"},
    ]
    assert "the newest 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no dead letters of executions\n"),
        (["--kind", "result"], "no dead letters of results\n"),
        (["--reason", "empty"], "no dead letters like that\n"),
    ],
)
def test_nothing_is_said_to_be_nothing(
    executor: FakeExecutor, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    executor.answers = [a_page()]
    assert main(["dead", "list", *arguments]) == 0
    assert capsys.readouterr().out == said


def test_chosen_letters_are_replayed_by_their_cursors(
    executor: FakeExecutor, capsys: pytest.CaptureFixture[str]
) -> None:
    executor.answers = [a_part(2)]
    assert main(["dead", "replay", "0:41", "0:7"]) == 0
    assert executor.asked == [
        ("POST", "/internal/dead-letters/replay", {"kind": "execution", "cursors": ["0:41", "0:7"]})
    ]
    assert capsys.readouterr().out == "replayed 2\n"


def test_all_are_replayed_part_by_part_up_to_where_the_first_part_saw_the_end(
    executor: FakeExecutor, capsys: pytest.CaptureFixture[str]
) -> None:
    executor.answers = [a_part(500, more="0:50"), a_part(0, more="0:55"), a_part(3)]
    assert main(["dead", "replay", "--all", "--reason", "not_json"]) == 0
    assert [asked for _, _, asked in executor.asked] == [
        {"kind": "execution", "matching": {"reason": "not_json"}},
        {"kind": "execution", "matching": {"reason": "not_json", "cursor": "0:50", "until": ["0:57"]}},
        {"kind": "execution", "matching": {"reason": "not_json", "cursor": "0:55", "until": ["0:57"]}},
    ]
    assert capsys.readouterr().out == "replayed 503\n"


def test_results_are_listed_and_replayed_by_their_kind(executor: FakeExecutor) -> None:
    executor.answers = [a_page(a_letter(reason="mapping_refused")), a_part(1), a_part(1)]
    assert main(["dead", "list", "--kind", "result"]) == 0
    assert main(["dead", "replay", "--kind", "result", "0:41"]) == 0
    assert main(["dead", "replay", "--kind", "result", "--all", "--reason", "mapping_refused"]) == 0
    assert [asked for _, _, asked in executor.asked] == [
        {"kind": "result", "limit": "20"},
        {"kind": "result", "cursors": ["0:41"]},
        {"kind": "result", "matching": {"reason": "mapping_refused"}},
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["list", "--limit", "0"],
        ["list", "--reason", "bored"],
        ["list", "--kind", "update"],
        ["list", "--connector", "5"],
        ["replay"],
        ["replay", "0:41", "--all"],
        ["replay", "0:41", "--reason", "empty"],
        ["replay", "forty-one"],
        ["replay", "0"],
    ],
)
def test_wrong_usage_asks_nothing_and_exits_with_2(executor: FakeExecutor, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["dead", *arguments])
    assert ended.value.code == 2
    assert executor.asked == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            a_problem(
                404, "No such letter", "Nothing was replayed.", {"pointer": "/cursors", "detail": "none at 0:41"}
            ),
            "No such letter - /cursors: none at 0:41 - Nothing was replayed\n",
        ),
        (a_problem(401, "Not a caller", "Send the token."), "Not a caller - Send the token\n"),
        ((500, []), "POST /internal/dead-letters/replay answered 500\n"),
        ((502, b"<html>"), "did not answer in JSON\n"),
    ],
)
def test_what_the_executor_refuses_is_said_and_exits_with_1(
    executor: FakeExecutor, capsys: pytest.CaptureFixture[str], answer: tuple[int, Any], said: str
) -> None:
    executor.answers = [answer]
    assert main(["dead", "replay", "0:41"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("connectors: ")
    assert error.endswith(said)
    assert TOKEN not in error


def test_how_many_were_replayed_before_a_failure_is_said(
    executor: FakeExecutor, capsys: pytest.CaptureFixture[str]
) -> None:
    executor.answers = [a_part(500, more="0:50"), a_problem(503, "Kafka does not answer", "Try again later.")]
    assert main(["dead", "replay", "--all"]) == 1
    assert "replayed 500, then: Kafka does not answer" in capsys.readouterr().err


def test_an_executor_that_is_not_there_is_named(
    executor: FakeExecutor, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    unused_url = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("CONNECTORS_EXECUTOR_URL", unused_url)
    assert main(["dead", "list"]) == 1
    assert unused_url in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["CONNECTORS_EXECUTOR_URL", "CONNECTORS_OPERATOR_TOKEN"])
def test_a_missing_variable_is_named(missing: str, tmp_path: Path) -> None:
    complete = {"CONNECTORS_EXECUTOR_URL": "http://e", "CONNECTORS_OPERATOR_TOKEN": TOKEN}
    with pytest.raises(CommandError, match=f"{missing}.*connectors up"):
        internal_target(LocalState(tmp_path), {name: value for name, value in complete.items() if name != missing})


def test_the_stack_that_runs_here_is_asked_first(tmp_path: Path) -> None:
    state = LocalState(tmp_path)
    environment = {"CONNECTORS_EXECUTOR_URL": "http://elsewhere", "CONNECTORS_OPERATOR_TOKEN": TOKEN}
    with state.owned():
        state.write_record(StackRecord.of_this_process("ready", executor_url="http://here"))
        target = internal_target(state, environment)
        assert (target.url, target.token) == ("http://here", state.secrets().operator_to_executor)
    assert internal_target(state, environment).url == "http://elsewhere"
