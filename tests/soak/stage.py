"""The servers of a run, the network before two of them, and the upstream."""

import asyncio
import base64
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from connectors_local.concurrency import all_or_first_failure
from connectors_local.downloads import kafka_jars
from connectors_local.ports import LOOPBACK, free_port, release_port
from connectors_local.processes import Supervisor
from connectors_local.servers import KafkaCluster, PostgresServer, ValkeyServer
from connectors_local.servers.managed import port_accepts
from connectors_local.services import SERVICES
from connectors_local.testservers import user_of_services
from connectors_local.topics import create_topics
from connectors_shared.runtime.migrations import bring_up_to_date
from tests.failure.bench import eventually
from tests.failure.proxy import Proxy

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 5.0
ENCRYPTION_KEYS = "soak:" + base64.b64encode(b"k" * 32).decode()


@dataclass(slots=True)
class Stage:
    """Valkey keeps its data over a restart. The services reach Valkey and Postgres through proxies."""

    folder: Path
    supervisor: Supervisor
    kafka: KafkaCluster
    valkey: ValkeyServer
    postgres: PostgresServer
    store: Proxy
    database: Proxy
    services_url: str
    """Of Postgres, for a user who is no administrator."""
    upstream_port: int

    @property
    def upstream(self) -> str:
        return f"{LOOPBACK}:{self.upstream_port}"

    @property
    def calls_path(self) -> Path:
        return self.folder / "calls.jsonl"

    def environment(self) -> dict[str, str]:
        """Of every service: as in production, but for breakers that do not outlast the run."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
            "REDIS_URL": _through(self.valkey.url, self.store),
            "DATABASE_URL": _through(self.services_url, self.database),
            "CONNECTORS_ENCRYPTION_KEYS": ENCRYPTION_KEYS,
            "CONNECTORS_EGRESS_GRANTS": self.upstream,
            "CONNECTORS_JWT_SECRET": "a secret of the ledger, thirty-two bytes",
            "CONNECTORS_BREAKER_MAX_OPEN_SECONDS": "10",
        }

    async def empty_valkey(self) -> None:
        """Kill it, and take what it has written."""
        self.valkey.kill()
        await asyncio.to_thread(shutil.rmtree, self.valkey.folder, True)


def _through(url: str, proxy: Proxy) -> str:
    target = urlsplit(url)
    return url.replace(f"{target.hostname}:{target.port}", proxy.address)


def _address(url: str) -> str:
    target = urlsplit(url)
    return f"{target.hostname}:{target.port}"


@asynccontextmanager
async def open_stage(folder: Path) -> AsyncIterator[Stage]:
    """Everything runs, topics and tables are there; all of it ends with the block."""
    supervisor = Supervisor(folder / "processes")
    kafka = KafkaCluster(supervisor, folder / "kafka", await kafka_jars(), log_folder=folder)
    valkey = ValkeyServer(supervisor, folder / "valkey")
    postgres = PostgresServer(supervisor, folder / "postgres", durable=False)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(supervisor.stop_all, STOP_SECONDS)
        await all_or_first_failure([kafka.start(), valkey.start(), postgres.start()])
        await create_topics(kafka.bootstrap_servers)
        services_url = await user_of_services(postgres.url)
        for spec in SERVICES:
            if spec.migrations is not None:
                await bring_up_to_date(services_url, spec.migrations, spec.schema)
        store = await stack.enter_async_context(Proxy(_address(valkey.url)).open())
        database = await stack.enter_async_context(Proxy(_address(postgres.url)).open())
        stage = Stage(folder, supervisor, kafka, valkey, postgres, store, database, services_url, free_port())
        stack.callback(release_port, stage.upstream_port)
        await _start_upstream(stage)
        yield stage


async def _start_upstream(stage: Stage) -> None:
    stage.supervisor.spawn(
        "upstream",
        [sys.executable, "-m", "tests.soak.upstream", str(stage.upstream_port), str(stage.calls_path)],
        log_path=stage.folder / "upstream.log",
        working_directory=ROOT,
    )
    await eventually(lambda: port_accepts(LOOPBACK, stage.upstream_port), "the upstream answers", 60)
