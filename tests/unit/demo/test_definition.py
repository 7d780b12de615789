"""The connector of the demo is valid, and its transform and mappings give what verification expects."""

from typing import Any
from uuid import UUID

import pytest
from jsonata.jsonata import Jsonata

from connectors_local.demo.contacts import demo_contacts
from connectors_local.demo.definition import connector_definition, execution_for, field_mappings
from connectors_local.demo.pretend_api.identities import identity_of
from connectors_local.demo.verification import expected_fields
from connectors_shared.contract.connector import InputField, RequestConfig
from connectors_shared.contract.contact import TargetType

WORKSPACE, CONNECTOR = UUID(int=1), UUID(int=2)


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
    assert (written[TargetType.USER_FIELD], written[TargetType.CUSTOM_FIELD]) == expected_fields(identity)


def test_each_contact_gets_an_execution_of_its_own() -> None:
    contact = demo_contacts(WORKSPACE)[0]
    first, second = (execution_for(contact, WORKSPACE, CONNECTOR) for _ in range(2))
    assert first.execution_id != second.execution_id
    assert first.key() == second.key() == str(contact.id).encode()
    assert first.inputs == {"phoneNumber": contact.phone}
