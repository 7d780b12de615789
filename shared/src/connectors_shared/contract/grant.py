"""An egress grant as the registry publishes it: one internal host that may be called all the same."""

from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from connectors_shared.contract.facts import Fact, FactKey, Kind

MOST_GRANTS: Final = 200
"""Of a workspace."""
Port = Annotated[int, Field(ge=1, le=65_535)]


class Permitter(StrEnum):
    """Who may let a refused host and port through."""

    ADMINISTRATOR = "administrator"
    """Of the workspace, by a grant."""
    ALLOWED_ORIGINS = "allowed_origins"
    """The same, but the workspace keeps its connectors to origins, and this is none of them."""
    OPERATOR = "operator"
    """Of the installation: it is internal, and no workspace here may grant what is."""
    NOBODY = "nobody"


class PublishedGrant(Fact):
    """Under the key `grant/<workspace>/<id>`. It lets exactly `host` and `port` through: for `connector_id`, or
    without one for every connector of the workspace, and for nobody else.

    `host` as in `Origin.host`: a name in lower-case ASCII, or an address without brackets.
    """

    deleted: Literal[False] = False
    grant_id: UUID
    connector_id: UUID | None = None
    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Port

    def key(self) -> FactKey:
        return FactKey(Kind.GRANT, self.grant_id, self.workspace_id)
