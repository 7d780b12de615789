"""`connectors send`: what is filled in, what is refused and by which name, and the exit statuses."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from connectors_client import Executions
from connectors_client.pending import PendingTable
from connectors_local.cli import main
from connectors_local.commands.command import CommandError
from connectors_local.send import BadInputError, Target, complete, print_result, read_request, run_and_print, target_of
from connectors_local.state import LocalState
from connectors_local.tokens import DEMO_WORKSPACE, admin_token
from connectors_shared.contract.execution import (
    ConnectorResult,
    ExecutionError,
    ResultStatus,
)
from connectors_shared.contract.failure import FailureType

CONNECTOR = UUID(int=5)
EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.json"))


def completed(**fields: Any) -> Any:
    return complete({"connectorId": str(CONNECTOR)} | fields, DEMO_WORKSPACE, None)


def test_what_is_left_out_is_filled_in() -> None:
    first, second = completed(inputs={"phoneNumber": "1"}), completed()
    assert first.execution_id != second.execution_id
    assert (first.workspace_id, first.connector_id) == (DEMO_WORKSPACE, CONNECTOR)
    assert first.requested_at is not None
    assert first.requested_at.tzinfo is not None


def test_what_is_given_is_kept() -> None:
    execution, workspace = uuid4(), uuid4()
    event = completed(executionId=str(execution), workspaceId=str(workspace), requestedAt="2025-01-16T00:00:00Z")
    assert (event.execution_id, event.workspace_id) == (execution, workspace)
    assert event.requested_at == datetime(2025, 1, 16, tzinfo=UTC)


def test_a_connector_given_by_name_is_sent_by_id() -> None:
    event = complete({"connectorName": "Phone"}, DEMO_WORKSPACE, CONNECTOR)
    assert event.connector_id == CONNECTOR


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"connectorId": "7"}, "connectorId: "),
        ({"inputs": []}, "inputs: "),
        ({"context": {"contactId": 5}}, "context.contactId: "),
        ({"fieldMappings": [{"sourcePath": "a"}]}, "fieldMappings.0.targetField: "),
        ({"executionId": "not-a-uuid"}, "executionId: "),
    ],
)
def test_a_wrong_field_is_named_by_its_path(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInputError) as caught:
        completed(**fields)
    assert str(caught.value).startswith(said)


def test_a_missing_connector_says_how_to_name_one() -> None:
    with pytest.raises(BadInputError, match=r"connectorId: required \(or connectorName"):
        complete({}, DEMO_WORKSPACE, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{,}", "not JSON: .*line 1 column 2"),
        ("[]", "not a JSON object"),
        ('{"input": {}}', "input: no such field, did you mean inputs"),
        ('{"qqqqqq": 1}', "^qqqqqq: no such field$"),
    ],
)
def test_text_that_is_no_event_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        read_request(text)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_is_a_valid_event(path: Path) -> None:
    event = complete(read_request(path.read_text("utf-8")), DEMO_WORKSPACE, CONNECTOR)
    assert event.connector_id == CONNECTOR


def test_there_are_examples() -> None:
    assert "01_send_one_execution.json" in [path.name for path in EXAMPLES]


def a_result(error: ExecutionError | None = None) -> ConnectorResult:
    return ConnectorResult(
        execution_id=UUID(int=1),
        workspace_id=DEMO_WORKSPACE,
        connector_id=CONNECTOR,
        status=ResultStatus.ERROR if error else ResultStatus.SUCCESS,
        success=error is None,
        data={"city": "Zürich"},
        error=error,
        finished_at=datetime.now(UTC),
    )


def test_a_success_is_printed_and_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_result(a_result()) == 0
    output = capsys.readouterr().out
    assert json.loads(output)["data"] == {"city": "Zürich"}
    assert "Zürich" in output


def test_an_error_is_printed_and_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    failure = ExecutionError(type=FailureType.INVALID_INPUT, message="phoneNumber is required")
    assert print_result(a_result(failure)) == 1
    assert json.loads(capsys.readouterr().out)["error"]["message"] == "phoneNumber is required"


class Silence:
    """A Kafka that takes everything and answers nothing."""

    async def send(self, topic: str, value: bytes, key: bytes) -> None:
        return

    def look_back(self, since: datetime) -> None:
        return


async def test_silence_is_said_on_stderr_and_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    event = completed()
    assert await run_and_print(Executions(Silence(), Silence(), PendingTable()), event, 0.01) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert f"(execution {event.execution_id})" in output.err


def environment(**changed: str) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": "k:1",
        "CONNECTORS_REGISTRY_URL": "http://r",
        "CONNECTORS_TOKEN": admin_token("s" * 32, DEMO_WORKSPACE),
    } | changed


def test_the_environment_tells_where_to_send_when_no_stack_runs_here(tmp_path: Path) -> None:
    target = target_of(LocalState(tmp_path), environment())
    assert (target.kafka_bootstrap_servers, target.registry_url) == ("k:1", "http://r")
    assert target.workspace_id == DEMO_WORKSPACE


@pytest.mark.parametrize("missing", ["KAFKA_BOOTSTRAP_SERVERS", "CONNECTORS_REGISTRY_URL", "CONNECTORS_TOKEN"])
def test_a_missing_variable_is_named(missing: str, tmp_path: Path) -> None:
    incomplete = {name: value for name, value in environment().items() if name != missing}
    with pytest.raises(CommandError, match=missing):
        target_of(LocalState(tmp_path), incomplete)


def test_a_token_that_is_none_is_not_repeated() -> None:
    with pytest.raises(CommandError) as caught:
        Target.of(environment(CONNECTORS_TOKEN="canary-secret"))
    assert "canary-secret" not in str(caught.value)


def test_bad_input_exits_with_2_and_says_which_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONNECTORS_STATE_DIR", str(tmp_path))
    file = tmp_path / "event.json"
    file.write_text('{"input": {}}')
    assert main(["send", str(file)]) == 2
    assert f"{file}: input: no such field" in capsys.readouterr().err
    assert main(["send", str(tmp_path / "absent.json")]) == 2
    assert "cannot be read" in capsys.readouterr().err
