"""The two connectors of the demo, *Phone Number Enrichment* and *Loyalty Offer*, and the flow that uses them."""

import json
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from connectors_local.demo.pretend_api.api import BY_PHONE
from connectors_local.demo.pretend_api.loyalty import CLIENT_ID, OFFERS, TOKEN
from connectors_shared.contract.contact import FieldMapping


def connector_definition(api_url: str, token: str) -> dict[str, Any]:
    """The body of `POST /api/connectors`, calling the pretend API at `api_url`."""
    definition = _read("connector.json")
    definition["config"]["url"] = api_url + BY_PHONE
    definition["config"]["auth"]["token"] = token
    return definition


def loyalty_definition(api_url: str, client_secret: str) -> dict[str, Any]:
    """The same of the connector that authorizes itself by OAuth 2.0."""
    definition = _read("loyalty.json")
    definition["config"]["url"] = api_url + OFFERS
    definition["config"]["auth"] |= {
        "token_url": api_url + TOKEN,
        "client_id": CLIENT_ID,
        "client_secret": client_secret,
    }
    return definition


@cache
def field_mappings() -> tuple[FieldMapping, ...]:
    """The mappings of the first connector's first template."""
    template = connector_definition("", "")["field_mapping_templates"][0]
    return tuple(FieldMapping.model_validate(mapping) for mapping in template["mappings"])


def flow_definition(enrichment_id: UUID, loyalty_id: UUID) -> dict[str, Any]:
    """The body of `POST /api/flows`."""
    flow = _read("flow.json")
    enrich, creditworthy = flow["steps"]
    enrich["connectorId"] = str(enrichment_id)
    enrich["fieldMappings"] = connector_definition("", "")["field_mapping_templates"][0]["mappings"]
    creditworthy["then"][0]["connectorId"] = str(loyalty_id)
    return flow


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files(__package__).joinpath(name).read_text("utf-8"))
    return found
