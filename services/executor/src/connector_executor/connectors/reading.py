"""A message of `connector.config` about a connector, as far as this version can read it."""

from pydantic import ValidationError

from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.execution import SCHEMA_VERSION
from connectors_shared.definition.problems import Problem, told


def read_definition(message: bytes) -> PublishedConnector | str:
    """The definition, or why it cannot be read: it is a newer registry's then."""
    try:
        published = PublishedConnector.model_validate_json(message)
    except ValidationError as error:
        lines = error.errors(include_input=False, include_url=False)
        return told([Problem("".join(f"/{part}" for part in line["loc"]), line["msg"]) for line in lines])
    if published.schema_version > SCHEMA_VERSION:
        return f"its schemaVersion is {published.schema_version}, and {SCHEMA_VERSION} is the newest that is known here"
    return published
