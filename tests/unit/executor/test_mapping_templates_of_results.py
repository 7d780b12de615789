"""Executions that name a mapping template of their connector, instead of bringing mappings."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connector_executor.caller import Caller
from connector_executor.connectors.plan import compile_plan
from connector_executor.connectors.versions import FormerVersions
from connector_executor.connectors.workspaces import Workspaces
from connector_executor.execution import Execution, Origin, Source
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outcome import Failure, Success
from connector_executor.result import encoded_result
from connector_executor.stages.authorize import Authorizer
from connectors_shared.contract.connector import MappingTemplate, PublishedConnector, PublishedVersion
from connectors_shared.contract.contact import FieldMapping
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.failure import FailureType
from connectors_shared.egress import HttpRequest
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.secrets import Keyring
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE, a_connector

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CITY = FieldMapping(source_path="city", target_field="city", on_error="fail", default=0)
SHOWN = {"sourcePath": "city", "targetField": "city", "onError": "fail", "default": 0}
OWN = [{"sourcePath": "a", "targetField": "notes"}]


def with_template(name: str, version: int = 1) -> PublishedConnector:
    template = MappingTemplate(name=name, mappings=[CITY])
    return a_connector(version=version).model_copy(update={"field_mapping_templates": [template]})


def an_execution(published: PublishedConnector, **fields: Any) -> Execution:
    ids = {"execution_id": CONNECTOR, "workspace_id": WORKSPACE, "connector_id": CONNECTOR}
    event = ConnectorExecute.model_validate(ids | fields)
    return Execution(event, compile_plan(published), Origin(), 0.0, Source(event.to_json()))


def mapped(published: PublishedConnector, **fields: Any) -> Any:
    outcome = Success({"city": "Rome"}, 200)
    message, _ = encoded_result(an_execution(published, **fields), outcome, NOW, most_data=10_000, most=100_000)
    return json.loads(message)["fieldMappings"]


@pytest.mark.parametrize(
    ("fields", "mappings"),
    [
        ({"mapping_template": "Basic"}, [SHOWN]),
        ({"mapping_template": "Basic", "field_mappings": OWN}, OWN),
        ({"field_mappings": OWN}, OWN),
        ({}, []),
    ],
)
def test_a_result_carries_the_mappings_that_came_else_those_of_the_template(
    fields: dict[str, Any], mappings: list[Any]
) -> None:
    found = [
        {name: one.get(name) for name in wanted}
        for one, wanted in zip(mapped(with_template("Basic"), **fields), mappings, strict=True)
    ]
    assert found == mappings


def test_an_execution_that_names_no_template_of_the_connector_is_not_called() -> None:
    nothing: Any = None
    caller = Caller(
        nothing, Authorizer(Keyring({"k1": b"k" * 32})), nothing, SystemClock(), ExecutorMetrics(), Workspaces()
    )
    refused = caller._request(an_execution(with_template("Basic"), mapping_template="Other"))
    assert refused == Failure(FailureType.INVALID_REQUEST, "The connector has no mapping template 'Other'.")
    called = caller._request(an_execution(with_template("Basic"), mapping_template="Basic"))
    assert isinstance(called, HttpRequest)


def test_a_former_version_has_its_own_templates() -> None:
    now, former, versions = with_template("New", 2), with_template("Old"), FormerVersions()
    message = PublishedVersion(
        connector_id=CONNECTOR,
        workspace_id=WORKSPACE,
        revision=2,
        changed_at=NOW,
        version=1,
        config=former.config,
        field_mapping_templates=former.field_mapping_templates,
    )
    versions.apply(CONNECTOR, 1, message.to_json())
    read = versions.read(now, 1)
    assert isinstance(read, PublishedConnector)
    assert list(compile_plan(read).mapping_templates) == ["Old"]
