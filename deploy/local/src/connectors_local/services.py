"""Our own services as processes: THE table of what runs, and how it is told where things are."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

import httpx2

from connectors_local.ports import LOOPBACK
from connectors_local.processes import ChildProcess, Supervisor
from connectors_local.servers.managed import ManagedServer, port_accepts

PROBE_TIMEOUT_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """One service. Run as `python -m <module>`; ready when `GET /readyz` answers 200.

    Its migrations are the `.sql` files in `migrations/` of its package, if it has any; they own `schema`.
    `secrets`: which of the stack's it is given; no other reaches it. `preferred_internal_port`: of a port of its own
    for what operators ask. `callers`: who may ask it what is for services and operators alone. `upstream`: it plays a
    third party, and is told nothing of ours.
    """

    name: str
    module: str
    schema: str
    preferred_port: int
    url_variable: str
    secrets: frozenset[str] = frozenset()
    preferred_internal_port: int | None = None
    callers: tuple[str, ...] = ()
    upstream: bool = False

    @property
    def migrations(self) -> Path | None:
        folder = Path(str(files(self.module).joinpath("migrations")))
        return folder if folder.is_dir() else None


JWT_SECRET: Final = "CONNECTORS_JWT_SECRET"
ENCRYPTION_KEYS: Final = "CONNECTORS_ENCRYPTION_KEYS"
INTERNAL_CALLERS: Final = "CONNECTORS_INTERNAL_CALLERS"
DATABASE_URL: Final = "DATABASE_URL"
REDIS_URL: Final = "REDIS_URL"
WITHHELD: Final = frozenset(
    {
        *(JWT_SECRET, ENCRYPTION_KEYS, INTERNAL_CALLERS, DATABASE_URL, REDIS_URL),
        *("CONNECTORS_EXECUTOR_TOKEN", "CONNECTORS_MAPPER_TOKEN", "CONNECTORS_REGISTRY_TOKEN"),
        "CONNECTORS_FLOWS_TOKEN",
        *("CONNECTORS_WORKER_DATABASE_URL", "CONNECTORS_OWNER_DATABASE_URL"),
        *("CONNECTORS_TOKEN", "CONNECTORS_OTHER_TOKEN", "CONNECTORS_FLOW_TOKEN", "CONNECTORS_OPERATOR_TOKEN"),
    }
)
"""What a process gets from the stack, or not at all, whatever the shell has that the stack was started in."""

SERVICES: Final = (
    ServiceSpec(
        "registry",
        "connector_registry",
        "registry",
        8080,
        "CONNECTORS_REGISTRY_URL",
        frozenset({JWT_SECRET, ENCRYPTION_KEYS}),
        preferred_internal_port=9080,
        callers=("executor",),
    ),
    ServiceSpec("history", "connector_registry.history", "registry", 8083, "CONNECTORS_HISTORY_URL"),
    ServiceSpec(
        "mapper",
        "field_mapper",
        "mapper",
        8081,
        "CONNECTORS_MAPPER_URL",
        frozenset({JWT_SECRET}),
        preferred_internal_port=9081,
        callers=("registry",),
    ),
    ServiceSpec(
        "executor",
        "connector_executor",
        "executor",
        8082,
        "CONNECTORS_EXECUTOR_URL",
        frozenset({ENCRYPTION_KEYS, REDIS_URL}),
        callers=("registry", "operator"),
    ),
)
PRETEND_API: Final = ServiceSpec(
    "pretend-api", "connectors_local.demo.pretend_api", "", 8090, "CONNECTORS_PRETEND_API_URL", upstream=True
)
FLOW_ENGINE: Final = ServiceSpec(
    "flows",
    "connectors_local.flows",
    "flows",
    8084,
    "CONNECTORS_FLOWS_URL",
    frozenset({JWT_SECRET}),
    callers=("registry",),
)
"""The example for an existing engine: it is not part of the product, and tests of that do without it."""
WHOLE_STACK: Final = (*SERVICES, FLOW_ENGINE, PRETEND_API)


class Service(ManagedServer):
    """`environment` is filled in by the stack before the start; the service's own address is added here."""

    def __init__(self, spec: ServiceSpec, supervisor: Supervisor, folder: Path, log_path: Path) -> None:
        ports = {"http": spec.preferred_port}
        if spec.preferred_internal_port is not None:
            ports["internal"] = spec.preferred_internal_port
        super().__init__(spec.name, supervisor, folder, log_path=log_path, preferred_ports=ports)
        self.spec = spec
        self.environment: Mapping[str, str] = {}

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.ports['http']}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def internal_url(self) -> str:
        """Of metrics and documents; the same as `url` where there is one port."""
        return f"http://{LOOPBACK}:{self.ports.get('internal', self.ports['http'])}"

    async def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def spawn(self) -> ChildProcess:
        address = {"CONNECTORS_HOST": LOOPBACK, "CONNECTORS_PORT": str(self.ports["http"])}
        if "internal" in self.ports:
            address["CONNECTORS_INTERNAL_PORT"] = str(self.ports["internal"])
        return self.supervisor.spawn(
            self.name,
            [sys.executable, "-m", self.spec.module],
            log_path=self.log_path,
            environment={**self.environment, **address, "PYTHONUNBUFFERED": "1"},
            withheld=WITHHELD,
            working_directory=self.folder,
        )

    async def answers(self) -> bool:
        if not await port_accepts(LOOPBACK, self.ports["http"]):
            return False
        # trust_env: a proxy of the machine must not come between us and our own loopback.
        async with httpx2.AsyncClient(timeout=PROBE_TIMEOUT_SECONDS, trust_env=False) as client:
            try:
                response = await client.get(f"{self.url}/readyz")
            except httpx2.HTTPError:
                return False
        return response.status_code == httpx2.codes.OK
