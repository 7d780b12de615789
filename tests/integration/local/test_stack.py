"""The stack as a whole, with a stand-in for our services: order, environment, kills, state."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import asyncpg
import httpx2
import psutil
import pytest

from connectors_local.ports import free_port, release_port
from connectors_local.processes import process_identity
from connectors_local.services import SERVICES
from connectors_local.state import LocalState, StackRecord
from connectors_shared.runtime.roles import Role, acting_as

SERVICE = """
import json, os, threading
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(dict(os.environ)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

def serve(port):
    HTTPServer((os.environ["CONNECTORS_HOST"], int(port)), Handler).serve_forever()

if "CONNECTORS_INTERNAL_PORT" in os.environ:
    threading.Thread(target=serve, args=[os.environ["CONNECTORS_INTERNAL_PORT"]], daemon=True).start()
serve(os.environ["CONNECTORS_PORT"])
"""
MIGRATION = """
-- migrate:up
CREATE TABLE registry.proof (id int);
-- migrate:down
DROP TABLE registry.proof;
"""


@dataclass(frozen=True)
class House:
    """A state folder, and what a daemon finds in its environment.

    In it the services are stand-ins that serve their environment as JSON; the first has a migration. The shell of
    whoever starts the stack knows secrets of another one.
    """

    folder: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def state(self) -> LocalState:
        return LocalState((self.folder / "state").resolve())

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "CONNECTORS_STATE_DIR": str(self.state.root),
            "CONNECTORS_EGRESS_GRANTS": "127.0.0.1:9",
            "CONNECTORS_ENCRYPTION_KEYS": "of the shell",
            "CONNECTORS_INTERNAL_CALLERS": "of the shell",
            "CONNECTORS_EXECUTOR_TOKEN": "of the shell",
            "CONNECTORS_OWNER_DATABASE_URL": "of the shell",
            "PYTHONPATH": str(self.folder / "packages"),
        }

    def furnish(self) -> None:
        for spec in SERVICES:
            package = self.folder.joinpath("packages", *spec.module.split("."))
            package.mkdir(parents=True)
            (package / "__init__.py").touch()
            (package / "__main__.py").write_text(SERVICE)
        migrations = self.folder / "packages" / SERVICES[0].module / "migrations"
        migrations.mkdir()
        (migrations / "0001_proof.sql").write_text(MIGRATION)

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "connectors_local.daemon"]
        with (self.folder / "daemon.log").open("ab") as log:
            self.started.append(subprocess.Popen(command, env=self.environment, stdout=log, stderr=log))
        return self.started[-1]

    def close(self) -> None:
        for process in self.started:
            process.kill()
            process.wait()
        with self.state.owned():
            pass  # ends what the killed ones left where the kernel does not


def a_house(folder: Path) -> Iterator[House]:
    house = House(folder)
    house.furnish()
    yield house
    house.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Empty, for a test that ends its stack."""
    yield from a_house(tmp_path)


@pytest.fixture(scope="module")
def inhabited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """With one stack for all tests that leave it as it is."""
    for house in a_house(tmp_path_factory.mktemp("stack")):
        ready_record(house.state, house.start())
        yield house


@pytest.fixture
def record(inhabited: House) -> StackRecord:
    return ready_record(inhabited.state, inhabited.started[0])


def ready_record(state: LocalState, daemon: subprocess.Popen[bytes]) -> StackRecord:
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline:
        assert daemon.poll() is None, (state.root.parent / "daemon.log").read_text()
        record = state.running_record()
        if record is not None and record.owner_pid == daemon.pid and record.status == "ready":
            return record
        time.sleep(0.02)
    raise AssertionError((state.root.parent / "daemon.log").read_text())


def descendants(pid: int) -> dict[int, str]:
    """Pid to identity of every process below this one."""
    return {
        child.pid: identity
        for child in psutil.Process(pid).children(recursive=True)
        if (identity := process_identity(child.pid)) is not None
    }


def survivors(family: dict[int, str]) -> list[int]:
    return [pid for pid, identity in family.items() if process_identity(pid) == identity]


async def environment_of(service_url: str) -> dict[str, str]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        environment: dict[str, str] = (await client.get(f"{service_url}/")).json()
        return environment


async def test_services_start_after_migrations_and_know_every_address(inhabited: House, record: StackRecord) -> None:
    environment = await environment_of(record.registry_url)
    secrets = inhabited.state.secrets()
    assert environment["KAFKA_BOOTSTRAP_SERVERS"] == record.kafka_bootstrap_servers
    assert environment["CONNECTORS_REGISTRY_URL"] == record.registry_url
    assert "127.0.0.1:9" in environment["CONNECTORS_EGRESS_GRANTS"].split(",")
    assert environment["CONNECTORS_JWT_SECRET"] == secrets.jwt_secret
    assert environment["CONNECTORS_INTERNAL_CALLERS"] == f"executor:{secrets.executor_to_registry}"
    assert environment["CONNECTORS_EXECUTOR_TOKEN"] == secrets.registry_to_executor
    connection = await asyncpg.connect(record.database_url)
    assert await connection.fetchval("SELECT count(*) FROM registry.proof") == 0
    await connection.close()


async def test_a_service_gets_its_own_secrets_and_no_others(inhabited: House, record: StackRecord) -> None:
    secrets = inhabited.state.secrets()
    signing, keys = secrets.jwt_secret, secrets.encryption_keys
    asking, renewing, contacts = secrets.registry_to_executor, secrets.executor_to_registry, secrets.registry_to_mapper
    expected = {
        "registry": {
            *(signing, keys, asking, renewing, contacts, secrets.registry_to_flows),
            secrets.registry_database_password,
        },
        "history": {secrets.registry_database_password},
        "mapper": {signing, contacts, secrets.mapper_database_password},
        "executor": {
            *(keys, asking, renewing, secrets.operator_to_executor),
            *(secrets.executor_database_password, record.redis_url),
        },
    }
    every = [*asdict(secrets).values(), record.redis_url, record.database_url, "of the shell"]
    urls = {name: getattr(record, f"{name}_url") for name in expected}
    for name, url in urls.items():
        values = "\n".join((await environment_of(url)).values())
        assert {secret for secret in every if secret in values} == expected[name]


async def test_a_service_is_a_database_user_of_its_own_without_rights_of_its_own(record: StackRecord) -> None:
    for schema, url in {"registry": record.registry_url, "mapper": record.mapper_url}.items():
        database_url = (await environment_of(url))["DATABASE_URL"]
        connection = await asyncpg.connect(database_url)
        assert await connection.fetchval("SELECT session_user") == f"connectors_{schema}"
        assert not await connection.fetchval(
            "SELECT rolsuper OR rolbypassrls OR rolinherit OR rolcreaterole FROM pg_roles WHERE rolname = session_user"
        )
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM registry.proof")
        await connection.close()
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(acting_as(database_url, "executor", Role.OWNER))


def test_a_second_stack_in_the_same_folder_is_refused(inhabited: House, record: StackRecord) -> None:
    assert inhabited.start().wait(60) == 1
    assert inhabited.state.running_record() == record


@pytest.mark.timeout(480)  # three starts
@pytest.mark.skipif(sys.platform != "linux", reason="parent-death signals are Linux's")
async def test_whatever_ends_a_stack_leaves_no_process_and_the_next_one_has_its_data(
    house: House, wait_for: Callable[..., object]
) -> None:
    """Terminated, killed, and brought down by a service that ended, one after the other in the same folder; it answers
    where it did before, also where that was not the usual port.
    """
    house.state.create()
    unusual = free_port()
    release_port(unusual)
    house.state.keep_ports({"registry": {"http": unusual}})
    urls: list[tuple[str, ...]] = []
    for ending, number in ((terminate, 0), (kill, 1), (end_a_service, 2)):
        daemon = house.start()
        record = ready_record(house.state, daemon)
        urls.append((record.registry_url, record.registry_internal_url, record.mapper_url))
        connection = await asyncpg.connect(record.database_url)
        assert await connection.fetchval("SELECT count(*) FROM registry.proof") == number
        await connection.execute("INSERT INTO registry.proof VALUES (1)")
        await connection.close()
        family = descendants(daemon.pid)
        assert len(family) >= 6
        ending(house.state, daemon)
        wait_for(lambda family=family: not survivors(family))
        assert house.state.running_record() is None
    assert urls == [(f"http://127.0.0.1:{unusual}", urls[0][1], urls[0][2])] * 3


def terminate(_state: LocalState, daemon: subprocess.Popen[bytes]) -> None:
    daemon.terminate()
    assert daemon.wait(60) == 0


def kill(_state: LocalState, daemon: subprocess.Popen[bytes]) -> None:
    daemon.kill()
    daemon.wait()


def end_a_service(state: LocalState, daemon: subprocess.Popen[bytes]) -> None:
    [path] = state.processes.glob("registry-*.json")
    os.kill(json.loads(path.read_text())["pid"], signal.SIGKILL)
    assert daemon.wait(60) == 1
    record = state.read_record()
    assert record is not None
    assert "registry ended with status -9" in record.failure


def test_up_env_status_and_down_work_together(house: House) -> None:
    environment, state = house.environment, house.state

    def connectors(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "connectors_local.cli", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)

    up = connectors("up")
    try:
        assert up.returncode == 0, up.stderr
        record = state.running_record()
        assert record is not None
        assert record.registry_url in up.stdout
        assert "already" in connectors("up").stdout
        assert connectors("status").returncode == 0
        exports = connectors("env").stdout
        assert f"export KAFKA_BOOTSTRAP_SERVERS={record.kafka_bootstrap_servers}" in exports
        family = descendants(record.owner_pid)
        assert len(family) >= 6
    finally:
        down = connectors("down")
    assert down.returncode == 0
    assert survivors(family) == []
    assert connectors("status").returncode == 1
