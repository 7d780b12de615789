"""The other services of a measurement, as processes: registry, field mapper and history, on the scenario's servers."""

import secrets
from dataclasses import dataclass, field

from bench.definitions import WORKSPACE
from bench.scenario import START_SECONDS, Scenario
from bench.servers import until
from connectors_local.processes import ChildProcess
from connectors_local.services import SERVICES, Service
from connectors_local.tokens import admin_token

MANY = 10_000_000
"""Requests a minute of a workspace, which are not to be limited here."""
SPECS = {spec.name: spec for spec in SERVICES}


@dataclass(slots=True)
class Companions:
    """Started one by one; the scenario ends them."""

    scenario: Scenario
    jwt_secret: str = field(default_factory=lambda: secrets.token_hex(32))

    def token(self) -> str:
        """Of who may do everything in the workspace of the bench."""
        return admin_token(self.jwt_secret, WORKSPACE)

    async def start(self, name: str) -> tuple[ChildProcess, str]:
        """By its name in the table of services; returns when it is ready, with its URL."""
        scenario, servers = self.scenario, self.scenario.servers
        log_path = servers.folder / f"{scenario.prefix}{name}.log"
        service = Service(SPECS[name], servers.supervisor, servers.folder / f"{scenario.prefix}{name}", log_path)
        service.choose_ports()
        service.environment = scenario.environment() | {
            "CONNECTORS_JWT_SECRET": self.jwt_secret,
            "CONNECTORS_REQUESTS_PER_MINUTE": str(MANY),
            "CONNECTORS_PHONE_REGION": "US",
            "CONNECTORS_INTERNAL_GRANTS": "true",
        }
        await service.prepare()
        child = service.child = service.spawn()
        scenario.companions.append(child)
        await until(service.answers, f"{name} that is ready", [child], START_SECONDS)
        return child, service.url
