"""Send one execution as the flow engine would, and wait for its result."""

import asyncio
import difflib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import jwt
from pydantic import ValidationError

from connectors_client import Executions, KafkaExecutions, NoOutcomeError, NotConnectedError
from connectors_local.commands.command import CommandError
from connectors_local.demo.clients import ApiError, Registry, api_client
from connectors_local.exports import running_environment
from connectors_local.state import LocalState, default_state
from connectors_shared.contract.execution import ConnectorExecute, ConnectorResult

CLIENT_ID: Final = "connectors-send"
SUCCEEDED: Final = 0
FAILED: Final = 1
BAD_INPUT: Final = 2
NAME_FIELD: Final = "connectorName"
KNOWN_FIELDS: Final = (
    *(field.alias or name for name, field in ConnectorExecute.model_fields.items()),
    NAME_FIELD,
)


class BadInputError(Exception):
    """The event cannot be sent; the message names each field that is wrong."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send to. `workspace_id` is the token's."""

    kafka_bootstrap_servers: str
    registry_url: str
    token: str
    workspace_id: UUID

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Target":
        """From the names that `connectors env` prints. Raises CommandError when one is missing or no token."""
        try:
            token = environment["CONNECTORS_TOKEN"]
            return cls(
                environment["KAFKA_BOOTSTRAP_SERVERS"],
                environment["CONNECTORS_REGISTRY_URL"],
                token,
                workspace_of(token),
            )
        except KeyError as missing:
            raise CommandError(f"{missing} is not set, and no stack runs here; start one: connectors up") from None


def workspace_of(token: str) -> UUID:
    """The workspace that the token is of; the services are who verifies it. Raises CommandError."""
    try:
        return UUID(jwt.decode(token, options={"verify_signature": False})["workspace_id"])
    except (jwt.InvalidTokenError, KeyError, ValueError):
        raise CommandError("CONNECTORS_TOKEN is not a token of a workspace") from None


def target_of(state: LocalState, environment: Mapping[str, str]) -> Target:
    """The running stack; else what the environment names. Raises CommandError."""
    return Target.of(running_environment(state, environment))


def send_file(file: str, timeout_seconds: float) -> int:
    """Send the event in the file (`-`: standard input); the exit status. Raises CommandError."""
    try:
        request = read_request(read_text(file))
        return asyncio.run(send(request, target_of(default_state(), os.environ), timeout_seconds))
    except BadInputError as error:
        print(f"connectors send: {file}: {error}", file=sys.stderr)
        return BAD_INPUT
    except (ApiError, NotConnectedError) as error:
        raise CommandError(str(error)) from error


def read_text(file: str) -> str:
    """Raises BadInputError when there is no such text."""
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"cannot be read: {error}") from error


def read_request(text: str) -> dict[str, Any]:
    """The JSON object of an execute event, its field names checked. Raises BadInputError."""
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise BadInputError(f"not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise BadInputError("not a JSON object")
    if unknown := [name for name in raw if name not in KNOWN_FIELDS]:
        raise BadInputError("; ".join(map(unknown_field, unknown)))
    return raw


def unknown_field(name: str) -> str:
    close = difflib.get_close_matches(name, KNOWN_FIELDS, n=1)
    return f"{name}: no such field" + (f", did you mean {close[0]}?" if close else "")


def complete(request: Mapping[str, Any], workspace_id: UUID, connector_id: UUID | None) -> ConnectorExecute:
    """The event with what was left out filled in. Raises BadInputError."""
    filled: dict[str, Any] = {
        "executionId": str(uuid4()),
        "workspaceId": str(workspace_id),
        "requestedAt": datetime.now(UTC).isoformat(),
    } | {name: value for name, value in request.items() if name != NAME_FIELD}
    if connector_id is not None:
        filled["connectorId"] = str(connector_id)
    try:
        return ConnectorExecute.model_validate_json(json.dumps(filled))
    except ValidationError as error:
        raise BadInputError("; ".join(map(invalid_field, error.errors()))) from None


def invalid_field(error: Any) -> str:
    path = ".".join(str(part) for part in error["loc"]) or "the event"
    if path == "connectorId" and error["type"] == "missing":
        return f"connectorId: required (or {NAME_FIELD}, the name of a connector)"
    return f"{path}: {error['msg']}"


async def send(request: Mapping[str, Any], target: Target, timeout_seconds: float) -> int:
    """Print the result as JSON; the exit status. Raises BadInputError, ApiError and NotConnectedError."""
    event = complete(request, target.workspace_id, await named_connector(request, target))
    async with KafkaExecutions(target.kafka_bootstrap_servers, client_id=CLIENT_ID) as executions:
        return await run_and_print(executions, event, timeout_seconds)


async def run_and_print(executions: Executions, event: ConnectorExecute, timeout_seconds: float) -> int:
    try:
        outcome = await executions.run(event, timeout_seconds=timeout_seconds)
    except NoOutcomeError as error:
        print(error, file=sys.stderr)
        return FAILED
    return print_result(outcome.result)


async def named_connector(request: Mapping[str, Any], target: Target) -> UUID | None:
    """The id behind `connectorName`; None when the event names none."""
    name = request.get(NAME_FIELD)
    if name is None:
        return None
    if not isinstance(name, str) or "connectorId" in request:
        raise BadInputError(f"{NAME_FIELD}: a text, and not together with connectorId")
    async with api_client(target.registry_url, target.token) as api:
        found = await Registry(api).find(name)
    if found is None:
        raise BadInputError(f"{NAME_FIELD}: the workspace has no connector named {name!r}")
    return found


def print_result(result: ConnectorResult | None) -> int:
    assert result is not None  # what comes over Kafka has one
    shown = result.model_dump(mode="json", exclude_none=True)
    print(json.dumps(shown, indent=2, ensure_ascii=False))
    return SUCCEEDED if result.success else FAILED
