"""What `connector.config` says: facts, the latest of each key being the one that holds.

A fact is about one entity and has the number of its revision: 1 for the first, more with every change, a deletion
included. A reader keeps the highest it has seen, so that a repeat or a late one changes nothing.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from connectors_shared.contract.execution import SCHEMA_VERSION
from connectors_shared.contract.model import MOST_VERSIONS, Message, Moment

MOST_REVISIONS: Final = 2**63 - 1
VERSION_DIGITS: Final = len(str(MOST_VERSIONS))
KEY_CHARACTERS: Final = 200
"""No key that we write is longer."""

Revision = Annotated[int, Field(ge=1, le=MOST_REVISIONS)]
"""Of an entity, whatever changes of it; a connector's `version` counts its definitions only."""


class Kind(StrEnum):
    """What a fact is about: the first part of its key."""

    CONNECTOR = "connector"
    VERSION = "version"
    CREDENTIAL = "credential"
    GRANT = "grant"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class FactKey:
    """`connector/<id>`, `version/<connector>/<number>`, `credential/<id>`, `workspace/<id>`, `grant/<workspace>/<id>`.

    `owner` is of a grant only, `number` of a version.
    """

    kind: Kind
    id: UUID
    owner: UUID | None = None
    number: int | None = None

    def __str__(self) -> str:
        return "/".join(str(part) for part in (self.kind, self.owner, self.id, self.number) if part is not None)

    def to_bytes(self) -> bytes:
        return str(self).encode()


def connector_key(connector_id: UUID) -> FactKey:
    return FactKey(Kind.CONNECTOR, connector_id)


def version_key(connector_id: UUID, number: int) -> FactKey:
    return FactKey(Kind.VERSION, connector_id, number=number)


def credential_key(credential_id: UUID) -> FactKey:
    return FactKey(Kind.CREDENTIAL, credential_id)


def parse_key(key: bytes | None) -> FactKey | None:
    """None when it is of no kind that is known here: a newer producer's, or nobody's."""
    if key is None or len(key) > KEY_CHARACTERS:
        return None
    try:
        first, *rest = key.decode().split("/")
        kind = Kind(first)
        number = _number(rest.pop()) if kind is Kind.VERSION and rest else None
        ids = [UUID(text) for text in rest]
    except (UnicodeDecodeError, ValueError):
        return None
    if len(ids) != (2 if kind is Kind.GRANT else 1) or (kind is Kind.VERSION) != (number is not None):
        return None
    return FactKey(kind, ids[-1], ids[0] if kind is Kind.GRANT else None, number)


def _number(text: str) -> int:
    """Raises ValueError for all but the one way in which we write a version."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= VERSION_DIGITS else 0
    if not 1 <= number <= MOST_VERSIONS or str(number) != text:
        raise ValueError(text)
    return number


class Fact(Message):
    """What every message has, whatever it is about. `changed_at`: when this revision was made."""

    schema_version: Annotated[int, Field(ge=1)] = SCHEMA_VERSION
    workspace_id: UUID
    revision: Revision
    changed_at: Moment
    deleted: bool = False


class Deletion(Fact):
    """The entity is gone. A tombstone follows when nobody can ask for it any more."""

    deleted: Literal[True] = True
