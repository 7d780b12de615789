"""Settings of the field mapper, from the environment."""

from typing import Final

from pydantic import Field

from connectors_shared.contract.topics import RESULT, RESULT_DEAD
from connectors_shared.runtime.settings import PublicServiceSettings

REPLAYED_DAYS: Final = RESULT_DEAD.retention_days + RESULT.retention_days
"""How long after it was applied a result may come again: as a dead letter to the end of its topic, then as a result.
Kafka deletes by segments, which last a week by default, so it may come somewhat later still."""


class MapperSettings(PublicServiceSettings):
    """`phone_region` (ISO 3166-1 alpha-2) is for workspaces that have none of their own: for an installation in one
    country. Without either, numbers written without a country code are kept as they are, and match the same text only.

    Callers change contacts through `pool_max_size` connections and read them through `reading_pool_max_size` others, so
    that a slow search holds up no write, and neither of them what results bring. `group_instance_id` makes the process
    a static member of its consumer group, which restarts without a rebalance. Executions, and with them the history of
    the contacts, are remembered for `applied_retention_days`, which must exceed the time after which a dead letter may
    still be replayed and read; their messages for
    `message_retention_days`, and in any case until they are published. Who changed what by hand is known for
    `audit_days`. A slice gathers results for `batch_wait_ms` from the beginning of the last one.
    """

    port: int = 8081
    internal_port: int = 9081
    phone_region: str | None = Field(default=None, pattern="^[A-Z]{2}$")
    batch_max_records: int = Field(default=500, ge=1, le=5000)
    batch_wait_ms: int = Field(default=50, ge=1, le=5000)
    pool_max_size: int = Field(default=8, ge=1, le=100)
    reading_pool_max_size: int = Field(default=4, ge=1, le=100)
    applied_retention_days: int = Field(default=REPLAYED_DAYS + 8, gt=REPLAYED_DAYS)
    audit_days: int = Field(default=400, ge=90)
    message_retention_days: int = Field(default=3, ge=1, le=365)
    group_instance_id: str | None = None
