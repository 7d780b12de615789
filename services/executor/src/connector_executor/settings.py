"""The executor's settings."""

from typing import Annotated

from pydantic import AliasChoices, Field, SecretStr

from connectors_shared.runtime.internal import MIN_TOKEN_LENGTH
from connectors_shared.runtime.settings import ServiceSettings


class ExecutorSettings(ServiceSettings):
    """Read from the environment, prefix `CONNECTORS_`; connections keep their common names."""

    redis_url: SecretStr = Field(validation_alias=AliasChoices("REDIS_URL"))
    database_url: SecretStr = Field(default=SecretStr(""), validation_alias=AliasChoices("DATABASE_URL"))
    encryption_keys: SecretStr
    egress_grants: str = ""
    """Internal `host:port` pairs that an administrator allows, comma-separated; all else internal is refused."""
    internal_token: Annotated[SecretStr, Field(min_length=MIN_TOKEN_LENGTH)] | None = None
    """What callers of the internal API present; without it that API is off."""
    group_id: str = "connectors-executor"
    instance_id: str | None = None
    """Static membership: a restart within the session time-out causes no rebalance."""
    key_prefix: str = "connectors"
    """First part of every Redis key."""
    max_in_flight: int = Field(default=512, ge=1)
    """Calls under way at once in this process."""
    max_in_flight_per_connector: int = Field(default=64, ge=1)
    window_records: int = Field(default=10_000, ge=1)
    """Unfinished records of a partition at which its consumption pauses."""
    poll_records: int = Field(default=500, ge=1)
    commit_seconds: float = Field(default=1.0, gt=0)
    drain_seconds: float = Field(default=20.0, gt=0)
    """How long a revoke or a stop waits for calls under way."""
    horizon_seconds: float = Field(default=2.0, gt=0)
    """A slot further away than this is not reserved."""
    lease_seconds: float = Field(default=30.0, gt=0)
    dedup_seconds: float = Field(default=86_400.0, gt=0)
    transform_workers: int = Field(default=1, ge=1)
    transform_seconds: float = Field(default=1.0, gt=0)
    max_result_bytes: int = Field(default=512 * 1024, ge=1024)
    stall_seconds: float = Field(default=120.0, gt=0)
    """Lag without progress for so long makes the executor not ready."""
