"""What came from a secret stands in no result, wherever the flow has it from."""

import base64
import json
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest

from connector_executor.caller import Caller
from connector_executor.connectors.plan import Plan
from connector_executor.connectors.workspaces import Workspaces
from connector_executor.execution import Execution, Origin, Source
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outcome import Failure, Success
from connector_executor.parking.envelope import seal, unseal
from connector_executor.parking.port import ParkReason, TakenRow
from connector_executor.result import encoded_result
from connector_executor.stages.authorize import Authorizer
from connectors_shared.contract.execution import ConnectorExecute, ConnectorResult
from connectors_shared.contract.failure import FailureType
from connectors_shared.egress import HttpRequest, HttpResponse, SendBounds, SendFailure, SendFailureKind
from connectors_shared.runtime.clock import SystemClock
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE
from tests.unit.executor.a_credential import KEYRING, a_credential, an_authorized_plan

SECRET = "s3cret-t\u00f6ken"
CLOCK = SystemClock()


class Lost:
    """A sender that writes the request, and hears nothing."""

    async def send(self, request: HttpRequest, _bounds: SendBounds) -> SendFailure:
        request.sent_bytes = 99
        return SendFailure(SendFailureKind.connection_lost, "The connection broke.", True, 0.1)


def an_execution(inputs: dict[str, Any], plan: Plan, *, ascii_only: bool = True) -> Execution:
    ids = {"executionId": str(uuid4()), "workspaceId": str(WORKSPACE), "connectorId": str(CONNECTOR)}
    value = json.dumps(ids | {"inputs": inputs}, ensure_ascii=ascii_only).encode()
    event = ConnectorExecute.model_validate_json(value)
    return Execution(event, plan, Origin(), 0.0, Source(value, timestamp_ms=1_700_000_000_000))


async def called(inputs: dict[str, Any], *, ascii_only: bool) -> Execution:
    plan = an_authorized_plan(a_credential(secrets={"token": SECRET}), retries=0)
    execution = an_execution(inputs, plan, ascii_only=ascii_only)
    sender: Any = Lost()
    transformer: Any = None
    await Caller(sender, Authorizer(KEYRING), transformer, CLOCK, ExecutorMetrics(), Workspaces()).call(execution)
    return execution


def result_of(execution: Execution) -> ConnectorResult:
    ended = Failure(FailureType.CANCELLED, "It was cancelled while it was parked.")
    return ConnectorResult.model_validate_json(
        encoded_result(execution, ended, CLOCK.now(), most_data=1_000, most=1_000_000)[0]
    )


@pytest.mark.parametrize("ascii_only", [True, False])
async def test_a_secret_that_the_flow_sends_back_is_masked(ascii_only: bool) -> None:
    result = result_of(await called({"note": f"with {SECRET}", "plain": "kept"}, ascii_only=ascii_only))
    assert result.inputs == {"note": "with ••••", "plain": "kept"}
    assert SECRET not in result.to_json().decode()


async def test_it_is_masked_in_an_address_and_in_basic_authentication_too() -> None:
    secret = "p@ss/word+1234"
    basic = base64.b64encode(f"me:{secret}".encode()).decode()
    credential = a_credential(type="basic", secrets={"password": secret}, public={"username": "me"})
    inputs = {"a": quote(secret, safe=""), "b": f"x{basic}x", "c": [quote(secret, safe="").lower()], "d": secret}
    execution = an_execution(inputs, an_authorized_plan(credential, retries=0))
    sender: Any = Lost()
    transformer: Any = None
    await Caller(sender, Authorizer(KEYRING), transformer, CLOCK, ExecutorMetrics(), Workspaces()).call(execution)
    assert result_of(execution).inputs == {"a": "••••", "b": "x••••x", "c": ["••••"], "d": "••••"}


async def test_what_a_call_has_found_out_survives_parking() -> None:
    execution = await called({"note": SECRET}, ascii_only=True)
    row = TakenRow(
        workspace_id=WORKSPACE,
        execution_id=UUID(execution.id),
        connector_id=CONNECTOR,
        lane=1,
        message=execution.source.value,
        envelope=seal(execution, ParkReason.RETRY, CLOCK.now()),
        attempt=2,
        cancelled=True,
        expired=False,
        parked_at=CLOCK.now(),
        generation=None,
    )
    again = unseal(row, execution.plan, lambda plan, _number: plan, Origin(), 0.0, CLOCK.now())
    before, after = result_of(execution), result_of(again)
    assert after.inputs == {"note": "••••"}
    assert after.request is not None
    assert (after.request, after.request.sent_bytes) == (before.request, 99)
    assert (after.requested_at, after.started_at) == (before.requested_at, before.started_at)
    assert after.requested_at is not None


class Echo:
    """An API of PHP, which repeats what it was sent."""

    async def send(self, request: HttpRequest, _bounds: SendBounds) -> HttpResponse:
        said = dict(request.headers)["Authorization"]
        body = json.dumps({"headers": {"Authorization": said}}).replace("/", "\\/").encode()
        return HttpResponse(200, {"Content-Type": "application/json"}, body, 0, request.url, 0.1)


async def test_a_secret_that_an_api_repeats_with_the_escapes_of_its_language_is_masked() -> None:
    plan = an_authorized_plan(a_credential(secrets={"token": "wJalrXUtn/K7MDENG+bPx/"}))
    sender: Any = Echo()
    transformer: Any = None
    caller = Caller(sender, Authorizer(KEYRING), transformer, CLOCK, ExecutorMetrics(), Workspaces())
    answered = await caller.call(an_execution({}, plan))
    assert isinstance(answered.decision, Success)
    assert answered.decision.data == {"headers": {"Authorization": "Bearer ••••"}}
