"""Definitions that are read quickly are what the contract's models say, or are left to these."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel

from connector_executor.connectors.definition import CONFIG, DECODER, PARTS, read_quickly
from connector_executor.connectors.reading import read_definition
from connector_executor.connectors.table import ConnectorTable
from connector_executor.parking.port import ParkReason
from connectors_shared.contract.connector import PublishedConnector, RequestConfig
from tests.unit.executor.a_connector import CONNECTOR, a_connector, newer_definition
from tests.unit.executor.hostile import JSON
from tests.unit.executor.test_hostile_definitions import REQUESTS

WHOLE = {
    "method": "POST",
    "url": "https://{{input.region}}.api.test/{{input.id}}",
    "allowedHosts": ["eu.api.test", "us.api.test"],
    "headers": [{"key": "X-A", "value": "a"}, {"key": "X-B", "valueType": "secret", "allowPlain": True}],
    "queryParams": [{"key": "q", "valueType": "input", "inputField": "q", "arrays": "comma", "nulls": "send"}],
    "bodyType": "json",
    "body": {"a": [1, 2.5, True, None, 2**70, "{{input.a}}"]},
    "responseTransform": "$.data",
    "timeout": 500,
    "totalTimeout": 5_000,
    "retries": 0,
    "retryDelay": 7,
    "rateLimit": {"windows": [{"limit": 5, "seconds": 1}], "weight": 2, "share": "host", "maxConcurrent": 3},
    "maxInFlight": 9,
    "statusPolicies": [{"status": "404", "meaning": "success"}],
    "idempotencyHeader": "Idempotency-Key",
    "parking": {"maxParked": 10, "whenFull": "dead-letter"},
    "continueOnError": True,
    "logErrors": False,
    "allowPlain": ["url"],
}
SCHEMA = {"id": {"type": "object", "required": True, "properties": {"n": {"type": "integer", "minimum": 1.5}}}}
TEMPLATES = [{"name": "t", "mappings": [{"sourcePath": "city", "targetField": "city"}]}]


def a_message(config: dict[str, Any], **fields: Any) -> bytes:
    document = json.loads(a_connector().to_json())
    return json.dumps(document | fields | {"config": document["config"] | config}).encode()


def assert_same(quick: Any, model: Any) -> None:
    """Types as well: 1 is not True, and 1.0 is not 1."""
    if isinstance(quick, msgspec.Struct):
        for name in type(model).model_fields:
            assert_same(getattr(quick, name), getattr(model, name))
    elif isinstance(quick, tuple):
        assert len(quick) == len(model)
        for one, other in zip(quick, model, strict=True):
            assert_same(one, other)
    elif isinstance(quick, dict | list):
        assert repr(quick) == repr(model)
    else:
        assert (type(quick), quick) == (type(model), model)


@pytest.mark.parametrize("model", [PublishedConnector, RequestConfig, *PARTS])
def test_a_struct_has_the_names_and_the_defaults_of_its_model(model: type[BaseModel]) -> None:
    structs = {PublishedConnector: DECODER.type, RequestConfig: CONFIG, **PARTS}
    fields = msgspec.structs.fields(structs[model])
    assert [(f.name, f.encode_name, f.required) for f in fields] == [
        (name, field.alias, field.is_required()) for name, field in model.model_fields.items()
    ]


def test_all_that_a_definition_may_hold_is_read_as_the_models_read_it() -> None:
    assert set(WHOLE) == {field.alias for field in RequestConfig.model_fields.values()}
    message = a_message(WHOLE, inputSchema=SCHEMA, fieldMappingTemplates=TEMPLATES)
    assert_same(read_quickly(message), read_definition(message))


@given(REQUESTS, st.dictionaries(st.sampled_from([f.alias or n for n, f in RequestConfig.model_fields.items()]), JSON))
@example({}, {"timeout": 1_000.0})
@example({}, {"logErrors": "no"})
@example({}, {"body": 1e300, "bodyType": "raw"})
def test_what_both_can_read_is_the_same(config: dict[str, Any], strange: dict[str, Any]) -> None:
    message = a_message(config | strange)
    model, quick = read_definition(message), read_quickly(message)
    if quick is not None and not isinstance(model, str):
        assert_same(quick, model)


@pytest.mark.parametrize(
    "message",
    [
        a_message({"response_transform": "$.data"}),
        a_message({}, name_of_a_newer_field=1),
        a_message({"retries": "2"}),
    ],
    ids=["names of Python", "unknown fields", "spellings"],
)
def test_what_only_the_models_read_is_left_to_them(message: bytes) -> None:
    assert read_quickly(message) is None
    table, model = ConnectorTable(), read_definition(message)
    table.apply(CONNECTOR, message)
    plan = table.plan(CONNECTOR)
    assert plan is not None
    assert not isinstance(model, str)
    assert (plan.published, plan.transform, plan.config.retries) == (
        model,
        model.config.response_transform,
        model.config.retries,
    )


def test_a_plan_tells_the_whole_connector_as_it_was_published() -> None:
    config = {name: WHOLE[name] for name in ("rateLimit", "statusPolicies", "responseTransform")}
    table, message = ConnectorTable(), a_message(config, inputSchema=SCHEMA, fieldMappingTemplates=TEMPLATES)
    table.apply(CONNECTOR, message)
    plan = table.plan(CONNECTOR)
    assert plan is not None
    assert plan.fault is None
    assert plan.published == read_definition(message)


def test_what_the_models_refuse_is_not_run_for_being_readable_quickly() -> None:
    table = ConnectorTable()
    table.apply(CONNECTOR, a_message({"timeout": 5}, revision=1))
    held = table.plan(CONNECTOR)
    assert held is not None
    assert held.held is ParkReason.DEFINITION_UNREADABLE
    table.apply(CONNECTOR, a_message({}, revision=2))
    sound = table.plan(CONNECTOR)
    assert sound is not None
    assert sound.held is None
    table.apply(CONNECTOR, newer_definition(version=3))
    newer = table.plan(CONNECTOR)
    assert newer is not None
    assert newer.held is ParkReason.DEFINITION_UNREADABLE
