"""Settings of the history, from the environment."""

from pydantic import Field

from connectors_shared.runtime.settings import ServiceSettings


class HistorySettings(ServiceSettings):
    """It has one port, for operators. `group_instance_id` makes the process a static member of its consumer groups,
    which restarts without a rebalance. A batch gathers records for `batch_wait_ms` from the beginning of the last one.
    """

    port: int = 8083
    batch_max_records: int = Field(default=1000, ge=1, le=5000)
    batch_wait_ms: int = Field(default=100, ge=1, le=5000)
    pool_max_size: int = Field(default=4, ge=4, le=100)
    """One connection records results, one updates, one notices, one forgets."""
    group_instance_id: str | None = None
