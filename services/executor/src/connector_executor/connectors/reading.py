"""A message of `connector.config`, as far as this version can read it."""

from typing import TypeVar

from pydantic import ValidationError

from connectors_shared.contract.connector import PublishedConnector, PublishedVersion
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.contract.execution import SCHEMA_VERSION
from connectors_shared.contract.facts import Fact
from connectors_shared.definition.problems import Problem, told

F = TypeVar("F", bound=Fact)


def read_definition(message: bytes) -> PublishedConnector | str:
    """The definition, or why it cannot be read: it is a newer registry's then."""
    return _read(PublishedConnector, message)


def read_version(message: bytes) -> PublishedVersion | str:
    """The same of a former version."""
    return _read(PublishedVersion, message)


def read_credential(message: bytes) -> PublishedCredential | str:
    """The credential, or why it cannot be read: it is a newer registry's then."""
    return _read(PublishedCredential, message)


def _read(model: type[F], message: bytes) -> F | str:
    try:
        fact = model.model_validate_json(message)
    except ValidationError as error:
        lines = error.errors(include_input=False, include_url=False)
        return told([Problem("".join(f"/{part}" for part in line["loc"]), line["msg"]) for line in lines])
    if fact.schema_version > SCHEMA_VERSION:
        return f"its schemaVersion is {fact.schema_version}, and {SCHEMA_VERSION} is the newest that is known here"
    return fact
