"""The whole system on this machine, in order: servers, then migrations and topics, then services."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from connectors_local.concurrency import all_or_first_failure
from connectors_local.database_users import administrator, allow, as_user, make_user, user_of
from connectors_local.downloads import kafka_jars
from connectors_local.processes import POLL_SECONDS, Supervisor
from connectors_local.servers import KafkaCluster, ManagedServer, PostgresServer, ValkeyServer
from connectors_local.servers.managed import ServerStartError, start_on_free_ports
from connectors_local.services import (
    DATABASE_URL,
    ENCRYPTION_KEYS,
    INTERNAL_CALLERS,
    JWT_SECRET,
    REDIS_URL,
    SERVICES,
    Service,
    ServiceSpec,
)
from connectors_local.state import LocalState, StackRecord
from connectors_local.topics import create_topics
from connectors_shared.runtime.migrations import MigrationChangedError, bring_up_to_date

KAFKA_PORT: Final = 29092
POSTGRES_PORT: Final = 25432
VALKEY_PORT: Final = 26379
STOP_GRACE_SECONDS: Final = 15.0
DATABASE: Final = "postgres"

Announce = Callable[[str], None]


DEMO_PHONE_REGION: Final = "US"
"""Of the numbers that the demo's contacts have, and its pretend API gives."""


class ProcessEndedError(ServerStartError):
    """A process of a running stack ended by itself. The message holds the end of its log."""


class Stack:
    """Servers and services of one state folder. `egress_grants`: internal `host:port` that everybody may call."""

    def __init__(
        self,
        state: LocalState,
        supervisor: Supervisor,
        *,
        egress_grants: Iterable[str] = (),
        services: Sequence[ServiceSpec] = SERVICES,
        announce: Announce = lambda line: None,
    ) -> None:
        self.state = state
        self.supervisor = supervisor
        self.announce = announce
        self.secrets = state.secrets()
        self.egress_grants = tuple(egress_grants)
        self.postgres = PostgresServer(
            supervisor,
            state.data / "postgres",
            port=POSTGRES_PORT,
            password=self.secrets.postgres_password,
            log_path=state.logs / "postgres.log",
        )
        self.valkey = ValkeyServer(
            supervisor, state.data / "valkey", port=VALKEY_PORT, log_path=state.logs / "valkey.log"
        )
        self.kafka: KafkaCluster | None = None
        self.services = tuple(
            Service(spec, supervisor, state.data / spec.name, state.logs / f"{spec.name}.log") for spec in services
        )
        kept = state.ports()
        for service in self.services:
            service.prefer(kept.get(service.name, {}))

    async def start(self) -> None:
        """Raises ServerStartError, DownloadError, MigrationError or TopicCreationError."""
        await all_or_first_failure([self._start_kafka(), self._start(self.postgres), self._start(self.valkey)])
        await all_or_first_failure([self._migrate(), self._create_topics()])
        await start_on_free_ports(self.services, self._start_services)
        self._keep_ports()

    def _keep_ports(self) -> None:
        """Connectors, sign-in links and redirects of OAuth name them, and are there longer than a stack runs."""
        kept = self.state.ports()
        for service in self.services:
            for listener, port in service.ports.items():
                before = kept.get(service.name, {}).get(listener, port)
                if before != port:
                    self.announce(f"{service.name} answered on port {before} before, which somebody else has now")
        self.state.keep_ports({service.name: service.ports for service in self.services})

    async def _start_services(self) -> None:
        """All together, because each is told the addresses of all; all stop when one does not start."""
        for service in self.services:
            service.environment = {} if service.spec.upstream else self._environment_of(service)
        try:
            await all_or_first_failure(self._start(service) for service in self.services)
        except ServerStartError:
            await asyncio.gather(*(service.stop() for service in self.services))
            raise

    async def _start(self, server: ManagedServer) -> None:
        await server.start()
        self.announce(f"{server.name} answers on port {next(iter(server.ports.values()))}")

    async def _start_kafka(self) -> None:
        self.kafka = KafkaCluster(
            self.supervisor,
            self.state.data / "kafka",
            await kafka_jars(),
            port=KAFKA_PORT,
            log_folder=self.state.logs,
        )
        await self.kafka.start()
        self.announce(f"kafka answers on {self.kafka.bootstrap_servers}")

    async def _migrate(self) -> None:
        """The administrator makes roles, schemas and users; what belongs to a service is made as its own user."""
        with_schema = [service for service in self.services if service.spec.schema]
        async with administrator(self.database_url) as admin:
            for service in with_schema:
                user = user_of(service.spec.schema)
                await make_user(admin, user, self.secrets.database_password(service.spec.schema))
                await allow(admin, user, service.spec.schema)
        for service in with_schema:
            if (migrations := service.spec.migrations) is not None:
                await self._brought_up_to_date(service, migrations)

    async def _brought_up_to_date(self, service: Service, migrations: Path) -> None:
        try:
            await bring_up_to_date(self._database_url_of(service), migrations, service.spec.schema, adopts=False)
        except MigrationChangedError as error:
            advice = f"what the stack has kept is of another version: remove {self.state.root}, and start again"
            raise MigrationChangedError(f"{error}; {advice}") from None

    async def _create_topics(self) -> None:
        await create_topics(self.kafka_bootstrap_servers)

    def _environment_of(self, service: Service) -> dict[str, str]:
        """Where the servers and the others are, and the secrets that are its own."""
        inherited_grants = filter(None, os.environ.get("CONNECTORS_EGRESS_GRANTS", "").split(","))
        secrets = {
            JWT_SECRET: self.secrets.jwt_secret,
            ENCRYPTION_KEYS: self.secrets.encryption_keys,
            REDIS_URL: self.valkey.url,
        }
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka_bootstrap_servers,
            DATABASE_URL: self._database_url_of(service),
            "CONNECTORS_PHONE_REGION": DEMO_PHONE_REGION,
            "CONNECTORS_EGRESS_GRANTS": ",".join([*inherited_grants, *self.egress_grants]),
            # Whoever runs it owns the machine that its connectors reach.
            "CONNECTORS_INTERNAL_GRANTS": "true",
            **{each.spec.url_variable: each.url for each in self.services},
            **self._registry_addresses(),
            **{name: value for name, value in secrets.items() if name in service.spec.secrets},
            **self._identities_of(service),
        }

    def _identities_of(self, service: Service) -> dict[str, str]:
        """Who may call it, and what it presents to those that it calls."""
        own, known = service.spec, self.secrets.of_caller
        callers = ",".join(f"{caller}:{known(caller, own.name)}" for caller in own.callers)
        called = [each.spec.name for each in self.services if own.name in each.spec.callers]
        return ({INTERNAL_CALLERS: callers} if callers else {}) | {
            f"CONNECTORS_{name.upper()}_TOKEN": known(own.name, name) for name in called
        }

    def _registry_addresses(self) -> dict[str, str]:
        """Where executors have tokens renewed, and where providers send people back."""
        registry = next((each for each in self.services if each.spec.name == "registry"), None)
        if registry is None:
            return {}
        return {"CONNECTORS_REGISTRY_INTERNAL_URL": registry.internal_url, "CONNECTORS_PUBLIC_URL": registry.url}

    def _database_url_of(self, service: Service) -> str:
        """As the user of its schema."""
        password = self.secrets.database_password(service.spec.schema)
        return as_user(self.database_url, user_of(service.spec.schema), password)

    @property
    def database_url(self) -> str:
        """The administrator's: no service gets it."""
        return self.postgres.database_url(DATABASE)

    @property
    def kafka_bootstrap_servers(self) -> str:
        if self.kafka is None:
            raise RuntimeError("Kafka has not been started")
        return self.kafka.bootstrap_servers

    def record(self) -> StackRecord:
        urls = {service.spec.name: service.url for service in self.services}
        internal_urls = {service.spec.name: service.internal_url for service in self.services}
        return StackRecord.of_this_process(
            "ready",
            registry_url=urls.get("registry", ""),
            mapper_url=urls.get("mapper", ""),
            executor_url=urls.get("executor", ""),
            registry_internal_url=internal_urls.get("registry", ""),
            mapper_internal_url=internal_urls.get("mapper", ""),
            history_url=urls.get("history", ""),
            flows_url=urls.get("flows", ""),
            pretend_api_url=urls.get("pretend-api", ""),
            kafka_bootstrap_servers=self.kafka_bootstrap_servers,
            database_url=self.database_url,
            redis_url=self.valkey.url,
        )

    async def stop(self) -> None:
        """Services first, so that they can still commit and say goodbye; then the servers."""
        await asyncio.gather(*(service.stop(STOP_GRACE_SECONDS) for service in self.services))
        await self.supervisor.stop_all(STOP_GRACE_SECONDS)

    async def watch(self) -> None:
        """Returns never; raises ProcessEndedError when one of the processes does."""
        while True:
            for child in self.supervisor.children:
                # No record: we ended it ourselves, to start it again on another port.
                if not child.running and child.record_path.exists():
                    raise ProcessEndedError(child.name, f"ended with status {child.popen.returncode}", child.log_path)
            await asyncio.sleep(POLL_SECONDS * 10)


@contextlib.asynccontextmanager
async def running_stack(
    state: LocalState,
    *,
    egress_grants: Iterable[str] = (),
    services: Sequence[ServiceSpec] = SERVICES,
    announce: Announce = lambda line: None,
) -> AsyncIterator[Stack]:
    """A stack that is up inside the block and gone after it.

    Raises StateInUseError, and what `Stack.start` raises.
    """
    with state.owned() as orphans:
        if orphans:
            announce(f"ended what a killed run had left: {', '.join(orphans)}")
        state.write_record(StackRecord.of_this_process("starting"))
        stack = Stack(
            state,
            Supervisor(state.processes),
            egress_grants=egress_grants,
            services=services,
            announce=announce,
        )
        try:
            await stack.start()
            state.write_record(stack.record())
            yield stack
        except Exception as failure:
            state.write_record(StackRecord.of_this_process("failed", failure=str(failure)))
            raise
        finally:
            await stack.stop()
