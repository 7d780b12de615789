"""`connector.health`: a connector has only failed for a long time, or works again."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from connectors_shared.contract.execution import SCHEMA_VERSION
from connectors_shared.contract.model import Message


class ConnectorHealth(Message):
    """Its owner should know. `failing_since` is when the failures began that have had no success between them."""

    schema_version: Annotated[int, Field(ge=1)] = SCHEMA_VERSION
    connector_id: UUID
    workspace_id: UUID
    healthy: bool
    failing_since: datetime
    changed_at: datetime

    def key(self) -> bytes:
        """The Kafka key: all of one connector in order."""
        return str(self.connector_id).encode()
