import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from connectors_local.cli import main
from connectors_local.exports import shell_exports, stack_environment
from connectors_local.state import LocalState, StackRecord, default_state
from connectors_local.tokens import DEMO_WORKSPACE, OTHER_WORKSPACE, admin_token, flow_token
from connectors_shared.http.principal import Scope

SECRET = "s" * 48
NAMES = [
    "CONNECTORS_REGISTRY_URL",
    "CONNECTORS_MAPPER_URL",
    "CONNECTORS_EXECUTOR_URL",
    "CONNECTORS_CONSOLE_URL",
    "CONNECTORS_TOKEN",
    "CONNECTORS_OTHER_TOKEN",
    "CONNECTORS_OPERATOR_TOKEN",
    "KAFKA_BOOTSTRAP_SERVERS",
    "DATABASE_URL",
    "REDIS_URL",
]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalState:
    monkeypatch.setenv("CONNECTORS_STATE_DIR", str(tmp_path / "state"))
    state = default_state()
    state.create()
    return state


def a_ready_record() -> StackRecord:
    return StackRecord.of_this_process(
        "ready",
        registry_url="http://127.0.0.1:8080",
        mapper_url="http://127.0.0.1:8081",
        executor_url="http://127.0.0.1:8082",
        history_url="http://127.0.0.1:8083",
        kafka_bootstrap_servers="127.0.0.1:29092",
        database_url="postgresql://postgres:p%20w'd@127.0.0.1:25432/postgres",
        redis_url="redis://127.0.0.1:26379/0",
    )


def test_env_prints_every_promised_name(state: LocalState, capsys: pytest.CaptureFixture[str]) -> None:
    with state.owned():
        state.write_record(a_ready_record())
        assert main(["env"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert set(NAMES) <= {line.split("=")[0].removeprefix("export ") for line in lines}


def test_a_shell_reads_the_exports_back(state: LocalState) -> None:
    record = a_ready_record()
    exports = shell_exports(stack_environment(record, state.secrets()))
    script = f'{exports}\nprintf %s "$DATABASE_URL"'
    assert subprocess.check_output(["sh", "-c", script], text=True) == record.database_url


def test_env_without_a_stack_says_how_to_start_one(state: LocalState, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "make up" in captured.err


def test_status_tells_that_nothing_runs_and_why(state: LocalState, capsys: pytest.CaptureFixture[str]) -> None:
    state.write_record(StackRecord.of_this_process("failed", failure="kafka-1 ended with status 1"))
    assert main(["status"]) == 1
    assert "kafka-1 ended with status 1" in capsys.readouterr().out


def test_status_shows_addresses_but_no_password(state: LocalState, capsys: pytest.CaptureFixture[str]) -> None:
    with state.owned():
        state.write_record(a_ready_record())
        assert main(["status"]) == 0
    shown = capsys.readouterr().out
    assert "127.0.0.1:25432/postgres" in shown
    assert "p%20w" not in shown


def test_down_without_a_stack_is_fine(state: LocalState, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["down"]) == 0
    assert "No stack was running" in capsys.readouterr().out


def test_logs_show_the_end_of_the_chosen_log(state: LocalState, capsys: pytest.CaptureFixture[str]) -> None:
    (state.logs / "registry.log").write_text("".join(f"line {number}\n" for number in range(100)))
    (state.logs / "mapper.log").write_text("other\n")
    assert main(["logs", "registry", "-n", "2"]) == 0
    assert capsys.readouterr().out == "==> registry <==\nline 98\nline 99\n"


def test_an_unknown_log_is_named(state: LocalState, capsys: pytest.CaptureFixture[str]) -> None:
    (state.logs / "registry.log").touch()
    assert main(["logs", "nonsense"]) == 1
    assert "nonsense" in (error := capsys.readouterr().err)
    assert "registry" in error


def test_tokens_carry_the_claims_the_services_check() -> None:
    now = datetime.now(UTC)
    token = admin_token(SECRET, DEMO_WORKSPACE, now=now)
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], audience="authenticated")
    assert claims["workspace_id"] == str(DEMO_WORKSPACE)
    assert set(claims["scope"].split()) == set(Scope)
    assert claims["sub"]
    assert claims["exp"] - claims["iat"] == timedelta(days=30).total_seconds()


def test_the_two_tokens_are_of_two_workspaces() -> None:
    assert DEMO_WORKSPACE != OTHER_WORKSPACE


def test_a_flow_token_runs_connectors_and_no_more() -> None:
    claims = jwt.decode(flow_token(SECRET, DEMO_WORKSPACE), SECRET, ["HS256"], audience="authenticated")
    assert (claims["kind"], claims["scope"]) == ("flow", "connectors:execute")
