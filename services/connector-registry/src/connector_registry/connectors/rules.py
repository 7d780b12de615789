"""Everything that is wrong with a draft, those of its shape and those of its meaning together."""

from collections.abc import Iterator
from typing import Final

from connector_registry.connectors.connector import Connector
from connector_registry.connectors.draft import ConnectorDraft
from connectors_shared.definition.auth.none import NONE
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.compile import check_definition
from connectors_shared.definition.limits import check_size
from connectors_shared.definition.mappings.review import check_mappings
from connectors_shared.definition.paths.review import PathReview, TooMuchWorkError
from connectors_shared.definition.problems import Problem

MAX_OUTPUT_SCHEMA_BYTES: Final = 256 * 1024
MAX_TEMPLATES_BYTES: Final = 256 * 1024
"""Executors have them in memory."""
PLACES: Final = {
    "/credentialId": "/config/auth/credentialId",
    "/credential": "/config/auth",
    "/inputSchema": "/input_schema",
}
"""Where a part of the published message stands in a draft, if elsewhere."""


def check(draft: ConnectorDraft, connector: Connector) -> list[Problem]:
    """`connector` is what would be saved: what is judged is the message that the executors would get."""
    return [*_auth(draft, connector), *_published(connector), *_beside_it(draft, connector)]


def _auth(draft: ConnectorDraft, connector: Connector) -> Iterator[Problem]:
    auth = draft.config.auth
    if auth is None:
        return
    yield from (problem.below("/config/auth") for problem in auth.problems)
    if auth.credential_id is not None and connector.shared is None:
        yield Problem("/config/auth/credentialId", "is no credential of your workspace that connectors share")
    elif auth.credential_id and connector.shared and auth.kind.type not in (NONE.type, connector.shared.type):
        yield Problem("/config/auth/type", f"the credential is of the kind {connector.shared.type}")


def _published(connector: Connector) -> Iterator[Problem]:
    for problem in check_definition(connector.published(), connector.credentials()):
        place = next((place for place in PLACES if problem.pointer.startswith(place)), "")
        pointer = PLACES.get(place, "") + problem.pointer.removeprefix(place)
        yield Problem(pointer, problem.detail)


def _beside_it(draft: ConnectorDraft, connector: Connector) -> list[Problem]:
    """What `check_definition` leaves alone: the templates, and the schema of what comes out."""
    found, review = Compilation(), PathReview()
    names: set[str] = set()
    try:
        for index, template in enumerate(draft.field_mapping_templates):
            if template.name in names:
                found.refuse(f"/field_mapping_templates/{index}/name", "another template has this name")
            names.add(template.name)
            check_mappings(template.mappings, f"/field_mapping_templates/{index}/mappings", review, found)
    except TooMuchWorkError:
        """It is told where it became too much."""
    templates = connector.definition["field_mapping_templates"]
    check_size(templates, MAX_TEMPLATES_BYTES, "/field_mapping_templates", found)
    check_size(draft.output_schema, MAX_OUTPUT_SCHEMA_BYTES, "/output_schema", found)
    return found.told()
