"""The connector of the demo is valid, and its transform and mappings give what verification expects."""

from typing import Any
from uuid import UUID

import pytest
from jsonata.jsonata import Jsonata

from connectors_local.demo.definition import connector_definition, field_mappings, flow_definition, loyalty_definition
from connectors_local.demo.pretend_api.identities import identity_of
from connectors_local.demo.verification import expected_fields
from connectors_local.flows.definition.drafts import parse_draft
from connectors_shared.contract.connector import InputField, RequestConfig
from connectors_shared.contract.contact import TargetType


def follow(path: str, value: Any) -> Any:
    for name in path.split("."):
        value = value[name]
    return value


def test_the_definition_fits_the_contract_and_calls_the_given_api() -> None:
    definition = connector_definition("http://127.0.0.1:1", "the-token")
    config = dict(definition["config"])
    assert config.pop("auth") == {"type": "bearer", "token": "the-token"}
    request = RequestConfig.model_validate(config, extra="forbid")
    assert request.url == "http://127.0.0.1:1/v2/identities/byPhone"
    assert (request.timeout, request.retries, request.retry_delay) == (30_000, 3, 1_000)
    [phone] = request.query_params
    assert (phone.key, phone.input_field, phone.required) == ("phone", "phoneNumber", True)
    inputs = {name: InputField.model_validate(field) for name, field in definition["input_schema"].items()}
    assert inputs["phoneNumber"].required


@pytest.mark.parametrize("phone", ["6266958105", "2135550100", "9015550100"])
def test_transform_and_mappings_give_what_verification_expects(phone: str) -> None:
    identity = identity_of(phone)
    assert identity is not None
    transform = connector_definition("", "")["config"]["responseTransform"]
    data = Jsonata(transform).evaluate({"identities": [identity]})
    written: dict[TargetType, dict[str, Any]] = {kind: {} for kind in TargetType}
    for mapping in field_mappings():
        written[mapping.target_type][mapping.target_field] = follow(mapping.source_path, data)
    user, custom = expected_fields(identity)
    custom.pop("offer")  # what the second connector gives
    assert (written[TargetType.USER_FIELD], written[TargetType.CUSTOM_FIELD]) == (user, custom)


def test_the_flow_is_valid_and_calls_both_connectors() -> None:
    flow = parse_draft(flow_definition(UUID(int=1), UUID(int=2)))
    assert [step.id for step in flow.steps] == ["enrich", "creditworthy"]
    assert str(UUID(int=2)) in flow.model_dump_json()


def test_the_second_connector_asks_for_its_token_where_it_is_called() -> None:
    definition = loyalty_definition("http://127.0.0.1:1", "the-secret")
    auth = definition["config"].pop("auth")
    assert (auth["type"], auth["token_url"]) == ("oauth2", "http://127.0.0.1:1/oauth/token")
    assert RequestConfig.model_validate(definition["config"]).url == "http://127.0.0.1:1/v2/offers"
