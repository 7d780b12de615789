"""The connector of `examples/connectors` is saved, and its request is what its page says."""

import json
from pathlib import Path
from typing import Any

import pytest

from connector_executor.connectors.plan import Plan, compile_plan
from connector_executor.outcome import Failure
from connector_executor.stages.authorize import Authorized
from connector_executor.stages.render import render_request
from connector_executor.stages.validate import validate_inputs
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.definition.compile import check_definition
from connectors_shared.definition.inputs.numbers import DECODER
from connectors_shared.egress import HttpRequest
from tests.unit.executor.a_connector import a_connector

EXAMPLE = Path(__file__).parents[3] / "examples" / "connectors" / "create_a_ticket.json"
SENT_BY_A_FLOW = """{
  "title": "  Late parcel ", "project": " SHOP", "region": "us", "priority": "2", "amount": "12345678901234567.80",
  "due": "2026-01-31T23:30:00Z", "watchers": "[\\"ann@example.org\\", \\"bob@example.org\\"]", "assignee": "",
  "customer": "{\\"name\\": \\"Ann \\\\\\"A\\\\\\"\\", \\"vip\\": \\"true\\"}"
}"""


@pytest.fixture
def plan() -> Plan:
    draft = json.loads(EXAMPLE.read_text())
    published = json.loads(a_connector().to_json()) | {"config": draft["config"], "inputSchema": draft["input_schema"]}
    connector = PublishedConnector.model_validate(published)
    assert check_definition(connector) == []
    return compile_plan(connector)


def test_the_example_makes_of_what_a_flow_sends_the_request_that_the_api_wants(plan: Plan) -> None:
    inputs = validate_inputs(DECODER.decode(SENT_BY_A_FLOW), plan.request.inputs)
    assert isinstance(inputs, dict), inputs
    scope = {"input": inputs, "context": {"flowRunId": "run-1", "contactId": "c-7"}, "workspace": {}}
    request = render_request(plan, scope, "execution-1", Authorized())
    assert isinstance(request, HttpRequest), request
    assert request.url == (
        "https://us.tickets.example/v1/projects/shop/tickets?notify=ann%40example.org,bob%40example.org&template="
    )
    assert dict(request.headers) == {
        "X-Flow-Run": "run-1",
        "X-Region": "none",
        "Content-Type": "application/json",
        "Idempotency-Key": "execution-1",
    }
    assert request.body == (
        b'{"title":"Late parcel","contact":"c-7","priority":2,"amount":12345678901234567.80,"due":"2026-02-01",'
        b'"parent":null,"customer":{"name":"Ann \\"A\\"","vip":true},"note":"Opened for Ann \\"A\\""}'
    )


def test_the_example_names_everything_that_does_not_fit(plan: Plan) -> None:
    sent: dict[str, Any] = {"title": "ab", "project": "../x", "priority": 9, "watchers": ["ann"], "customer": {}}
    failure = validate_inputs(sent, plan.request.inputs)
    assert isinstance(failure, Failure)
    assert [pointer for pointer, _ in failure.errors] == [
        "/inputs/title",
        "/inputs/project",
        "/inputs/priority",
        "/inputs/watchers/0",
        "/inputs/customer/name",
    ]
