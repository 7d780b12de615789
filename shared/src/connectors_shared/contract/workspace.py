"""A workspace as the registry publishes it: what its owner has settled for all that is done in it."""

from typing import Annotated, Final, Literal

from pydantic import Field

from connectors_shared.contract.facts import Fact, FactKey, Kind

MOST_ORIGINS: Final = 200

PhoneRegion = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2: whose phone numbers are those that are written without a country code. When it is absent they are
kept as they are written, and contacts are found by the same text only."""
RetentionDays = Annotated[int, Field(ge=1, le=3_650)]
RequestsPerMinute = Annotated[int, Field(ge=1, le=1_000_000)]
WaitingCallers = Annotated[int, Field(ge=1, le=10_000)]
OriginText = Annotated[str, Field(min_length=1, max_length=300)]


class PublishedWorkspace(Fact):
    """What is published of a workspace, under the key `workspace/<id>`; one that nobody has published has the defaults.

    Without `phone_region` a number needs its country code.
    `retention_days`: how long the history of executions is kept. `requests_per_minute`: of the REST API.
    `waiting_callers`: how many callers of `/execute` may wait for an outcome at once. `allowed_origins`: what
    connectors of the workspace may call, such as `https://api.example.com`; empty for whatever is public. It opens
    nothing that is internal, which takes a grant.
    """

    deleted: Literal[False] = False
    name: Annotated[str, Field(max_length=200)] = ""
    phone_region: PhoneRegion | None = None
    retention_days: RetentionDays = 30
    requests_per_minute: RequestsPerMinute = 6_000
    waiting_callers: WaitingCallers = 100
    allowed_origins: Annotated[list[OriginText], Field(max_length=MOST_ORIGINS)] = Field(default_factory=list)

    def key(self) -> FactKey:
        return FactKey(Kind.WORKSPACE, self.workspace_id)
