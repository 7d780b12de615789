"""What placeholders can name is read from the message as it came, and only where a definition names it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from connector_executor.connectors.workspaces import WorkspaceFacts, Workspaces
from connector_executor.stages.scope import scope_of
from connectors_shared.contract.execution import ConnectorExecute
from tests.unit.executor.a_connector import WORKSPACE, a_plan

CONTEXT = (
    '{"flowId":"f","contact_id":"c","flowRunId":"r","own":{"x":1},"variables":{"step":{"price":12345678901234567.890}}}'
)
MESSAGE = (
    f'{{"executionId":"{UUID(int=3)}","workspaceId":"{UUID(int=1)}","connectorId":"{UUID(int=7)}","context":{CONTEXT}}}'
)


def scope(template: str, workspaces: Workspaces | None = None, message: str = MESSAGE) -> Any:
    ConnectorExecute.model_validate_json(message)
    plan = a_plan(headers=[{"key": "X-A", "value": template}])
    return scope_of(plan, {"a": 1}, message.encode(), workspaces or Workspaces())


def test_a_definition_gets_the_roots_that_it_names() -> None:
    assert scope("{{input.a}}") == {"input": {"a": 1}}
    assert set(scope("{{context.flowId}}")) == {"input", "context"}
    assert set(scope("{{workspace.id}} {{context.flowId}}")) == {"input", "context", "workspace"}


@pytest.mark.parametrize(
    ("way", "value"),
    [("contactId", "c"), ("flowId", "f"), ("flowRunId", "r"), ("stepId", None)],
)
def test_the_context_is_read_by_either_name(way: str, value: str | None) -> None:
    assert scope("{{context." + way + "}}")["context"][way] == value


def test_variables_keep_their_digits() -> None:
    variables = scope("{{context.variables.step.price}}")["context"]["variables"]
    assert variables == {"step": {"price": Decimal("12345678901234567.890")}}
    assert str(variables["step"]["price"]) == "12345678901234567.890"


def test_a_workspace_tells_what_was_settled_last() -> None:
    workspaces = Workspaces()
    assert scope("{{workspace.id}}", workspaces)["workspace"] == {
        "id": str(WORKSPACE),
        "name": None,
        "phoneRegion": None,
    }
    workspaces.become(WORKSPACE, WorkspaceFacts("Ours", "FR"))
    assert scope("{{workspace.id}}", workspaces)["workspace"]["phoneRegion"] == "FR"
