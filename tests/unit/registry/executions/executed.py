"""Outcomes of orders, as an executor would tell them."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from connector_registry.executions.port import Refused
from connector_registry.executions.shapes import Order
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.http.problems import Problem

CALLS = count()


def a_result(order: Order, **fields: Any) -> ConnectorResult:
    """A success with data of its own; keyword arguments replace fields."""
    data = {"call": next(CALLS)}
    usual = {
        "execution_id": order.execution_id,
        "workspace_id": order.workspace_id,
        "connector_id": order.connector_id,
        "context": order.context,
        "status": "success",
        "success": True,
        "data": data,
        "variables": {order.store_as: data} if order.store_as else {},
        "execution_time": 1234,
        "finished_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return ConnectorResult.model_validate(usual | fields)


def a_failure(order: Order, status: str, **error: Any) -> ConnectorResult:
    return a_result(order, status=status, success=False, data=None, variables={}, error=error)


def a_refusal(status: int, kind: str, detail: str = "Why.", retry_after: str | None = None) -> Refused:
    return Refused(Problem(type=f"/problems/{kind}", title="Refused", status=status, detail=detail), retry_after)
