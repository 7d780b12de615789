"""A credential as the registry publishes it: what authorizes calls, and where it may be sent."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from connectors_shared.contract.facts import Fact
from connectors_shared.contract.model import Moment

MOST_ORIGINS = 100


class CredentialStatus(StrEnum):
    """`stale`: a person has to renew it; executions that need it are parked until another revision is published."""

    OK = "ok"
    STALE = "stale"


class PublishedCredential(Fact):
    """One revision of it. The kinds and their fields are those of `definition.auth`.

    `sealed` has every secret by its field, as text that names the key it is sealed under (`runtime.secrets`): a field
    of the kind, or the place of a connector's secret header or parameter (`definition.secrets`). `allowed_origins` are
    bound to each of them: to no other origin are they sent. `expires_at`: of an access token that the registry obtained
    (`AuthKind.issued`) and replaces before, or at the latest when an API refuses it.
    """

    deleted: Literal[False] = False
    credential_id: UUID
    name: str = ""
    type: Annotated[str, Field(min_length=1, max_length=50)] = "none"
    public: dict[str, str] = Field(default_factory=dict)
    sealed: dict[str, str] = Field(default_factory=dict, repr=False)
    allowed_origins: Annotated[list[str], Field(max_length=MOST_ORIGINS)] = Field(default_factory=list)
    status: CredentialStatus = CredentialStatus.OK
    expires_at: Moment | None = None
