"""The connectors of a run: forty of them, and what each may answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from connectors_shared.contract.connector import PublishedConnector

WORKSPACE = UUID("22222222-2222-4222-8222-222222222222")
NAMES = UUID("7b0d3c5e-0d55-4bd8-9f0b-8a2f3f6f2f10")
IDEMPOTENCY_HEADER = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Role:
    """A kind of connector. `behaviour` is the upstream's endpoint, `weight` its part of the load.

    `steady`: the upstream answers all its calls, so that nothing but a success, or for a write the unknown, is
    explained. `limit` calls in any `window_seconds`; `concurrent` at once; `burst` executions come together.
    Not `is_published`: nobody has described it, and its executions end all the same.
    """

    name: str
    method: str
    connectors: int
    weight: float
    behaviour: str = "ok"
    steady: bool = True
    keyed: bool = False
    limit: int = 0
    window_seconds: float = 0.0
    concurrent: int = 0
    burst: int = 1
    call_seconds: float = 0.03
    is_published: bool = True
    config: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def per_second(self) -> float:
        """What its limits let through; infinite without one."""
        rate = self.limit / self.window_seconds if self.limit else float("inf")
        return min(rate, self.concurrent / self.call_seconds) if self.concurrent else rate


ROLES = (
    Role("read", "GET", 5, 3.0),
    Role("write", "POST", 6, 3.0),
    Role("keyed write", "POST", 3, 1.5, keyed=True),
    Role("read per second", "GET", 3, 1.5, limit=20, window_seconds=1, burst=80),
    Role("write per second", "POST", 3, 1.5, limit=10, window_seconds=1, burst=50),
    Role("read per minute", "GET", 2, 0.5, limit=90, window_seconds=60, burst=12),
    Role("write per minute", "POST", 2, 0.5, limit=60, window_seconds=60, burst=12),
    Role("write four at once", "POST", 2, 1.0, "held", concurrent=4, call_seconds=0.7, burst=20),
    Role("read two at once", "GET", 1, 0.4, "held", concurrent=2, call_seconds=0.7, burst=10),
    Role("slow read", "GET", 1, 0.3, "slow"),
    Role("slow write", "POST", 1, 0.3, "slow"),
    Role("busy read", "GET", 1, 0.5, "busy", config={"retries": 10}),
    Role("busy write", "POST", 1, 0.5, "busy", config={"retries": 10}),
    Role("told to wait", "POST", 1, 0.5, "limited", config={"retries": 10}),
    Role("behind a gateway", "POST", 1, 0.5, "gateway", steady=False),
    Role("failing read", "GET", 1, 0.4, "failing", steady=False, config={"retries": 1}),
    Role("failing write", "POST", 1, 0.4, "failing", steady=False, config={"retries": 1}),
    Role("strange headers", "GET", 1, 0.2, "strange"),
    Role("strange window", "GET", 1, 0.2, config={"rate_limit": {"windows": [{"limit": 1_000_000, "seconds": 0.4}]}}),
    Role("strange body", "POST", 1, 0.2, steady=False, config={"body": "[" * 5000}),
    Role("unpublished", "GET", 1, 0.2, steady=False, is_published=False),
    Role("hanging", "POST", 1, 0.3, "hanging", steady=False, config={"timeout": 1500}),
)


@dataclass(frozen=True, slots=True)
class Connector:
    """One of the cast; `key` names it at the upstream."""

    key: str
    role: Role

    @property
    def id(self) -> UUID:
        return uuid5(NAMES, self.key)

    @property
    def is_write(self) -> bool:
        """A call of it may not be repeated when it may have happened."""
        return self.role.method == "POST" and not self.role.keyed

    def published(self, upstream: str) -> PublishedConnector:
        """As the registry publishes it; `upstream` is `host:port`."""
        role = self.role
        config: dict[str, Any] = {
            "method": role.method,
            "url": f"http://{upstream}/{role.behaviour}/{self.key}",
            "query_params": [{"key": "id", "value_type": "input", "input_field": "id"}],
            "retry_delay": 200,
            "idempotency_header": IDEMPOTENCY_HEADER if role.keyed else None,
        }
        if role.method == "POST":
            config["body"] = {"id": "{{input.id}}"}
        return PublishedConnector.model_validate(
            {
                "connector_id": self.id,
                "workspace_id": WORKSPACE,
                "revision": 1,
                "changed_at": "2026-01-01T00:00:00Z",
                "version": 1,
                "name": f"{role.name} {self.key}",
                "config": config | self._limit() | dict(role.config),
            }
        )

    def _limit(self) -> dict[str, Any]:
        role = self.role
        windows = [{"limit": role.limit, "seconds": role.window_seconds}] if role.limit else []
        concurrent = {"max_concurrent": role.concurrent} if role.concurrent else {}
        return {"rate_limit": {"windows": windows} | concurrent} if windows or concurrent else {}


def the_cast() -> tuple[Connector, ...]:
    roles = [role for role in ROLES for _ in range(role.connectors)]
    return tuple(Connector(f"c{number:02}", role) for number, role in enumerate(roles))
