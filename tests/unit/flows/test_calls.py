"""Inputs of calls are judged by the schemas of their connectors, as far as they can be before a run."""

from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from connectors_local.flows.calls import problems_of_calls
from connectors_local.flows.connectors import ConnectorsAwayError, RestConnectors
from connectors_local.flows.definition.drafts import parse_draft
from tests.unit.flows.builders import CONNECTOR, WORKSPACE, calling

SCHEMA = {
    "phone": {"type": "string", "required": True},
    "score": {"type": "integer", "maximum": 900},
    "place": {"type": "object", "properties": {"zip": {"type": "string", "required": True}}},
}


class InMemoryConnectors:
    def __init__(self, schema: dict[str, Any] | None) -> None:
        self.schema = schema
        self.asked: list[tuple[UUID, int | None]] = []
        self.away = False

    async def input_schema(self, workspace_id: UUID, connector_id: UUID, version: int | None) -> dict[str, Any] | None:
        assert workspace_id == WORKSPACE
        if self.away:
            raise ConnectorsAwayError("away")
        self.asked.append((connector_id, version))
        return self.schema


async def wrong(*steps: Any, connectors: InMemoryConnectors | None = None) -> dict[str, str]:
    draft = parse_draft({"name": "A flow", "steps": list(steps)})
    problems = await problems_of_calls(WORKSPACE, draft, connectors or InMemoryConnectors(SCHEMA))
    return {problem.pointer: problem.detail for problem in problems}


@pytest.mark.parametrize(
    ("inputs", "pointers"),
    [
        ({"phone": "6265550100"}, []),
        ({"phone": "{{contact.phone}}", "score": "{{contact.custom_fields.score}}"}, []),
        ({"phone": "+1 {{contact.phone}}", "place": {"zip": "{{contact.zip_code}}"}, "more": 1}, []),
        ({}, ["/steps/0/inputs/phone"]),
        ({"phone": ""}, ["/steps/0/inputs/phone"]),
        ({"phone": "1", "score": "many"}, ["/steps/0/inputs/score"]),
        ({"phone": "1", "score": 901}, ["/steps/0/inputs/score"]),
        ({"phone": "1", "place": {}}, ["/steps/0/inputs/place/zip"]),
    ],
)
async def test_what_does_not_fit_is_told_at_its_field(inputs: dict[str, Any], pointers: list[str]) -> None:
    assert list(await wrong(calling(inputs=inputs))) == pointers


async def test_calls_within_branches_are_judged_and_each_connector_is_asked_for_once() -> None:
    connectors = InMemoryConnectors(SCHEMA)
    branch = {"id": "check", "action": "if", "condition": {"value": 1}, "then": [calling("b")], "else": [calling("c")]}
    told = await wrong(calling(inputs={"phone": "1"}), branch, connectors=connectors)
    assert list(told) == ["/steps/1/then/0/inputs/phone", "/steps/1/else/0/inputs/phone"]
    assert connectors.asked == [(CONNECTOR, None)]


async def test_a_connector_or_version_that_is_not_there_is_told() -> None:
    nobody = InMemoryConnectors(None)
    told = await wrong(calling("a"), calling("b", connectorVersion=9), connectors=nobody)
    assert list(told) == ["/steps/0/connectorId", "/steps/1/connectorVersion"]


async def test_a_call_that_is_stored_as_it_is_is_not_judged_again() -> None:
    gone, fresh = calling("a", inputs={"score": "many"}), calling("b")
    stored = parse_draft({"name": "A flow", "steps": [gone]})
    draft = parse_draft({"name": "Renamed", "enabled": False, "steps": [fresh, gone]})
    found = await problems_of_calls(WORKSPACE, draft, InMemoryConnectors(None), stored)
    assert [problem.pointer for problem in found] == ["/steps/0/connectorId"]


async def test_a_schema_of_a_newer_registry_keeps_nobody_from_saving() -> None:
    assert await wrong(calling(), connectors=InMemoryConnectors({"a": {"type": "tensor", "required": True}})) == {}


async def test_while_the_registry_is_away_executions_are_judged_alone() -> None:
    connectors = InMemoryConnectors(SCHEMA)
    connectors.away = True
    assert await wrong(calling(), connectors=connectors) == {}


async def test_the_registry_is_asked_as_the_workspaces_engine() -> None:
    seen: list[httpx2.Request] = []
    answers = iter([(200, {"input_schema": SCHEMA}), (200, {"input_schema": {}}), (404, {}), (503, {})])

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        status, body = next(answers)
        return httpx2.Response(status, json=body)

    connector_id = uuid4()
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="http://registry") as client:
        connectors = RestConnectors(client, lambda workspace_id: f"token-of-{workspace_id}")
        assert await connectors.input_schema(WORKSPACE, connector_id, None) == SCHEMA
        assert await connectors.input_schema(WORKSPACE, connector_id, 3) == {}
        assert await connectors.input_schema(WORKSPACE, connector_id, None) is None
        with pytest.raises(ConnectorsAwayError):
            await connectors.input_schema(WORKSPACE, connector_id, None)
    assert [request.url.path for request in seen[:2]] == [
        f"/api/connectors/{connector_id}",
        f"/api/connectors/{connector_id}/versions/3",
    ]
    assert seen[0].headers["authorization"] == f"Bearer token-of-{WORKSPACE}"
