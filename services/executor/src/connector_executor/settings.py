"""The executor's settings."""

from typing import Annotated

from pydantic import AliasChoices, Field, SecretStr

from connector_executor.admission.port import BreakerPolicy
from connector_executor.transform.process import cores
from connectors_shared.contract.topics import EXECUTE
from connectors_shared.runtime.settings import GrantSettings, ServiceSettings, Token

MOST_WATCH_SECONDS = 0.5


class ExecutorSettings(ServiceSettings, GrantSettings):
    """Read from the environment, prefix `CONNECTORS_`; connections keep their common names."""

    redis_url: SecretStr = Field(validation_alias=AliasChoices("REDIS_URL"))
    """`redis://…` or `rediss://…`; of a cluster `redis+cluster://…` or `rediss+cluster://…`, with some of its nodes."""
    encryption_keys: SecretStr
    egress_grants: str = ""
    """Internal `host:port` pairs that the operator allows for everybody, comma-separated. With `internal_grants` a
    workspace or a connector is granted its own through the registry (`/api/network-grants`); else it is refused."""
    registry_internal_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+[^\s?#]*$")] | None = None
    """The internal port of a registry, or what stands before all of them, which renews access tokens that an API
    refuses. Without it and the token a refused token is a failure."""
    registry_token: Token | None = None
    """What executors present to the registry, which has it in `internal_callers` under the name `executor`."""
    group_id: str = "connectors-executor"
    instance_id: str | None = None
    """Static membership: a restart within the session time-out causes no rebalance."""
    key_prefix: str = Field(default="connectors", pattern=r"^[^{}]*$")
    """First part of every Redis key. Braces would make another hash tag of it."""
    max_in_flight: int = Field(default=512, ge=1)
    """Calls under way at once in this process."""
    max_in_flight_per_connector: int = Field(default=64, ge=1)
    max_waiting_callers: int = Field(default=2_048, ge=1)
    """Callers of the internal API that wait for an outcome at once."""
    window_records: int = Field(default=10_000, ge=1)
    """Unfinished records of a partition at which its consumption pauses."""
    waiting_bytes: int = Field(default=40 * 1024 * 1024, ge=1024 * 1024)
    """What unfinished records, and the plans that are made for them, may take in the memory of this process before
    consumption pauses; with the default, a process that drains a backlog stays near 160 MiB."""
    answer_bytes: int = Field(default=256 * 1024 * 1024, ge=16 * 1024 * 1024)
    """What the bodies of answers may take together until they are worked on; beyond it upstreams wait to be read."""
    outbox_bytes: int = Field(default=64 * 1024 * 1024, ge=1024 * 1024)
    """What may wait for Kafka to take it, results above all; beyond it nothing new is taken in or called."""
    poll_records: int = Field(default=500, ge=1)
    commit_seconds: float = Field(default=1.0, gt=0)
    drain_seconds: float = Field(default=20.0, gt=0)
    """How long a revoke or a stop waits for calls under way."""
    horizon_seconds: float = Field(default=2.0, gt=0)
    """A slot further away than this is not reserved: the execution is parked."""
    drain_horizon_seconds: float = Field(default=1.0, gt=0)
    """The same for what comes out of a backlog; shorter, so that there is a slot for what overtakes it."""
    pool_size: int = Field(default=4, ge=2, le=100)
    lease_seconds: float = Field(default=30.0, gt=0)
    dedup_seconds: float = Field(default=int(EXECUTE.config["retention.ms"]) / 1000, gt=0)
    """How long repeats are recognised: at least as long as `connector.execute` keeps its records."""
    recovery_seconds: float = Field(default=20.0, gt=0)
    """How long `connector.result` is read, at most, when Redis has lost its memory; until then writes wait."""
    recovery_reads_wait_seconds: float = Field(default=10.0, ge=0)
    """So long after that loss reads wait as well; then they go on, and one that was asked for twice may end twice."""
    transform_workers: int = Field(default_factory=cores, ge=1)
    """Processes for transforms, and as many again for slow ones; started as they are needed."""
    transform_queue: int = Field(default=128, ge=1)
    """Transforms of one connector that may wait for a worker; the next one fails."""
    transform_seconds: float = Field(default=1.0, gt=0)
    max_result_bytes: int = Field(default=512 * 1024, ge=1024)
    stall_seconds: float = Field(default=120.0, gt=0)
    """Lag without progress for so long makes the executor not ready."""
    breaker_window_seconds: float = Field(default=30.0, gt=0)
    breaker_min_calls: int = Field(default=10, ge=1)
    breaker_failure_rate: float = Field(default=0.5, gt=0, le=1)
    breaker_open_seconds: float = Field(default=5.0, gt=0)
    breaker_max_open_seconds: float = Field(default=300.0, gt=0)
    unhealthy_seconds: float = Field(default=5 * 86_400.0, gt=0)
    """A connector that has only failed for so long is marked as unhealthy, and tried once an hour from then on."""
    unhealthy_failures: int = Field(default=20, ge=1)
    unhealthy_probe_seconds: float = Field(default=3_600.0, gt=0)

    @property
    def watch_seconds(self) -> float:
        """How often each executor looks whether Redis has lost its memory."""
        return min(MOST_WATCH_SECONDS, self.lease_seconds / 3)

    @property
    def settling_seconds(self) -> float:
        """By then every executor that lives has noticed a loss, and has claimed again what runs there."""
        return 3 * self.watch_seconds

    def breakers(self) -> BreakerPolicy:
        return BreakerPolicy(
            window_seconds=self.breaker_window_seconds,
            min_calls=self.breaker_min_calls,
            failure_rate=self.breaker_failure_rate,
            open_seconds=self.breaker_open_seconds,
            max_open_seconds=self.breaker_max_open_seconds,
            unhealthy_seconds=self.unhealthy_seconds,
            unhealthy_failures=self.unhealthy_failures,
            unhealthy_probe_seconds=self.unhealthy_probe_seconds,
        )
