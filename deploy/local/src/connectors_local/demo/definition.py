"""The connector *Phone Number Enrichment*, and what its step does in the demo's flow."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final
from uuid import UUID, uuid4

from connectors_local.demo.contacts import DemoContact
from connectors_local.demo.pretend_api.api import BY_PHONE
from connectors_shared.contract.contact import FieldMapping, MappingOptions
from connectors_shared.contract.execution import ConnectorExecute, ExecutionContext

FLOW_ID: Final = "demo-flow"
STEP_ID: Final = "enrich-phone-number"
STORE_AS: Final = "enrichedData"
OPTIONS: Final = MappingOptions(create_if_not_exists=True, update_existing=True, overwrite_existing=True)


def connector_definition(api_url: str, token: str) -> dict[str, Any]:
    """The body of `POST /api/connectors`, calling the pretend API at `api_url`."""
    definition: dict[str, Any] = json.loads(files(__package__).joinpath("connector.json").read_text("utf-8"))
    definition["config"]["url"] = api_url + BY_PHONE
    definition["config"]["auth"]["token"] = token
    return definition


@cache
def field_mappings() -> tuple[FieldMapping, ...]:
    """The mappings of the connector's first template."""
    template = connector_definition("", "")["field_mapping_templates"][0]
    return tuple(FieldMapping.model_validate(mapping) for mapping in template["mappings"])


def execution_for(
    contact: DemoContact,
    workspace_id: UUID,
    connector_id: UUID,
    *,
    new_id: Callable[[], UUID] = uuid4,
) -> ConnectorExecute:
    """What the flow publishes when this contact reaches the step."""
    return ConnectorExecute(
        execution_id=new_id(),
        workspace_id=workspace_id,
        connector_id=connector_id,
        inputs={"phoneNumber": contact.phone},
        context=ExecutionContext(
            flow_id=FLOW_ID, flow_run_id=str(new_id()), step_id=STEP_ID, contact_id=str(contact.id)
        ),
        field_mappings=list(field_mappings()),
        options=OPTIONS,
        store_as=STORE_AS,
        requested_at=datetime.now(UTC),
    )
