"""Settings of the field mapper, from the environment."""

from pydantic import Field, SecretStr

from connectors_shared.runtime.settings import PublicServiceSettings


class MapperSettings(PublicServiceSettings):
    """`default_region` (ISO 3166 alpha-2) is assumed for phone numbers written without a country code.

    `group_instance_id` makes the process a static member of its consumer group, which restarts without
    a rebalance. Executions are remembered for `applied_retention_days`, which must exceed the retention
    of `connector.result`.
    """

    port: int = 8081
    internal_port: int = 9081
    jwt_secret: SecretStr
    migrate: bool = True
    default_region: str = Field(default="US", pattern="^[A-Z]{2}$")
    batch_max_records: int = Field(default=500, ge=1, le=5000)
    batch_wait_ms: int = Field(default=20, ge=1, le=5000)
    pool_max_size: int = Field(default=8, ge=2, le=100)
    applied_retention_days: int = Field(default=30, ge=8)
    group_instance_id: str | None = None
