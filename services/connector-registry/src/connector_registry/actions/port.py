"""What the catalogue of actions needs of the store."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from connectors_shared.http.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which connectors, newest first. `since`: of which day on executions are counted; `text` is looked for in name and
    description."""

    limit: int
    since: date
    after: Cursor | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectorAction:
    """A connector as an action. `token_state`: None where it needs no token of OAuth 2.0. `executions` are those that
    were not skipped; `durations`: bucket → how many took so long (`history.port.median_ms`)."""

    id: UUID
    name: str
    description: str | None
    icon: str | None
    category: str
    version: int
    enabled: bool
    published: bool
    credential_status: str | None
    token_state: str | None
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None
    field_mapping_templates: list[dict[str, Any]]
    created_at: datetime
    executions: int = 0
    succeeded: int = 0
    durations: dict[int, int] = field(default_factory=dict)


class ActionStore(Protocol):
    """Connectors that were not deleted. Raises DatabaseUnavailableError."""

    async def page(self, workspace_id: UUID, wanted: Wanted) -> list[ConnectorAction]: ...
