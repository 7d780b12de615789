"""Results and updates as the executor and the field mapper publish them."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from connector_registry.history.recording.lines import Line, MappingLine, line_of, mapping_of

WORKSPACE = UUID("11111111-1111-4111-8111-111111111111")
OTHER_WORKSPACE = UUID("22222222-2222-4222-8222-222222222222")
CONNECTOR = UUID("33333333-3333-4333-8333-333333333333")
NOON = datetime.now(UTC).replace(hour=12, minute=30, second=0, microsecond=0) - timedelta(days=1)
"""A day that has ended, so that nothing of it lies in the future."""


@dataclass(frozen=True, slots=True)
class Record:
    """A Kafka record, as far as it is used."""

    value: bytes | None
    offset: int = 0
    topic: str = "connector.result"
    partition: int = 0
    key: bytes | None = b"key"
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int = round(NOON.timestamp() * 1000)


def a_result(**fields: Any) -> dict[str, Any]:
    """A success, with these fields instead."""
    at = fields.pop("at", NOON)
    usual = {
        "executionId": str(uuid4()),
        "workspaceId": str(WORKSPACE),
        "connectorId": str(CONNECTOR),
        "connectorVersion": 3,
        "context": {"flowId": "flow-1", "flowRunId": "run-1", "stepId": "step-1", "contactId": "contact-1"},
        "status": "success",
        "success": True,
        "data": {"name": "Jose"},
        "attempts": [{"started": NOON.isoformat(), "duration": 120, "status": 200, "outcome": "success"}],
        "executionTime": 120,
        "lane": "normal",
        "trigger": "flow",
        "inputs": {"phone": "6266958105"},
        "request": {"method": "GET", "origin": "https://api.example", "pathTemplate": "/x", "sentBytes": 90},
        "finishedAt": at.isoformat(),
    }
    merged = usual | fields
    return {name: str(value) if isinstance(value, UUID) else value for name, value in merged.items()}


def a_failure(kind: str = "http_error", **fields: Any) -> dict[str, Any]:
    error = {"type": kind, "message": "The API answered 500.", "httpStatus": 500, "retryable": True}
    return a_result(**({"status": "error", "success": False, "data": None, "error": error} | fields))


def an_update(**fields: Any) -> dict[str, Any]:
    usual = {
        "executionId": str(uuid4()),
        "workspaceId": str(WORKSPACE),
        "connectorId": str(CONNECTOR),
        "contactId": str(uuid4()),
        "created": True,
        "userFields": {"first_name": "Jose"},
        "updatedAt": NOON.isoformat(),
        "sequence": 7,
    }
    merged = usual | fields
    return {name: str(value) if isinstance(value, UUID) else value for name, value in merged.items()}


def body(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode()


def a_line(**fields: Any) -> Line:
    return line_of(body(a_result(**fields)))


def a_failed_line(kind: str = "http_error", **fields: Any) -> Line:
    return line_of(body(a_failure(kind, **fields)))


def a_mapping_line(**fields: Any) -> MappingLine:
    return mapping_of(body(an_update(**fields)))
