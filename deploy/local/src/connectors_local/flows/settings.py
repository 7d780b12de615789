"""Settings of the flow engine, from the environment."""

from pydantic import Field, SecretStr

from connectors_shared.runtime.settings import ServiceSettings


class FlowSettings(ServiceSettings):
    """`mapper_url`: of the contacts API. `registry_url`: of the connectors, by whose inputs a flow is judged when it is
    saved; without it executions alone are. `jwt_secret` opens the tokens of callers, and signs those that the engine
    itself shows to both. `group_instance_id` makes the process a static member of its consumer group,
    which restarts without a rebalance. Runs that ended are kept for `retention_days`."""

    port: int = 8084
    mapper_url: str
    registry_url: str | None = None
    jwt_secret: SecretStr
    jwt_audience: str = "authenticated"
    requests_per_minute: int = Field(default=6000, ge=60)
    pool_size: int = Field(default=4, ge=1, le=100)
    retention_days: int = Field(default=30, ge=1, le=3650)
    group_instance_id: str | None = None
