"""The stack as a whole, with a stand-in for our services: order, environment, kills, state."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import asyncpg
import httpx2
import psutil
import pytest

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


@pytest.fixture
def environment(tmp_path: Path, state: LocalState) -> dict[str, str]:
    """In it the services are stand-ins that serve their environment as JSON; the first has a migration.

    The shell of whoever starts the stack knows secrets of another one.
    """
    for spec in SERVICES:
        package = tmp_path.joinpath("packages", *spec.module.split("."))
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(SERVICE)
    migrations = tmp_path / "packages" / SERVICES[0].module / "migrations"
    migrations.mkdir()
    (migrations / "0001_proof.sql").write_text(MIGRATION)
    return {
        **os.environ,
        "CONNECTORS_STATE_DIR": str(state.root),
        "CONNECTORS_EGRESS_GRANTS": "127.0.0.1:9",
        "CONNECTORS_ENCRYPTION_KEYS": "of the shell",
        "CONNECTORS_INTERNAL_TOKEN": "of the shell",
        "CONNECTORS_OWNER_DATABASE_URL": "of the shell",
        "PYTHONPATH": str(tmp_path / "packages"),
    }


@pytest.fixture
def state(tmp_path: Path) -> LocalState:
    return LocalState((tmp_path / "state").resolve())


@pytest.fixture
def start_daemon(
    tmp_path: Path, environment: dict[str, str], state: LocalState
) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "connectors_local.daemon"]
        with (tmp_path / "daemon.log").open("ab") as log:
            started.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
    with state.owned():
        pass  # ends what the killed ones left where the kernel does not


def ready_record(state: LocalState, daemon: subprocess.Popen[bytes]) -> StackRecord:
    deadline = time.monotonic() + 60
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


async def test_services_start_after_migrations_and_know_every_address(
    start_daemon: Callable[[], subprocess.Popen[bytes]], state: LocalState
) -> None:
    daemon = start_daemon()
    record = ready_record(state, daemon)
    environment = await environment_of(record.registry_url)
    assert environment["KAFKA_BOOTSTRAP_SERVERS"] == record.kafka_bootstrap_servers
    assert environment["CONNECTORS_REGISTRY_URL"] == record.registry_url
    assert "127.0.0.1:9" in environment["CONNECTORS_EGRESS_GRANTS"].split(",")
    assert environment["CONNECTORS_JWT_SECRET"] == state.secrets().jwt_secret
    assert environment["CONNECTORS_INTERNAL_TOKEN"] == state.secrets().internal_token
    connection = await asyncpg.connect(record.database_url)
    assert await connection.fetchval("SELECT count(*) FROM registry.proof") == 0
    await connection.close()


async def test_a_service_gets_its_own_secrets_and_no_others(
    start_daemon: Callable[[], subprocess.Popen[bytes]], state: LocalState
) -> None:
    record = ready_record(state, start_daemon())
    secrets = state.secrets()
    signing, keys, token = secrets.jwt_secret, secrets.encryption_keys, secrets.internal_token
    identity = secrets.executor_identity
    expected = {
        "registry": {signing, keys, token, identity, secrets.registry_database_password},
        "history": {secrets.registry_database_password},
        "mapper": {signing, secrets.mapper_database_password},
        "executor": {keys, token, identity, secrets.executor_database_password, record.redis_url},
    }
    every = [*asdict(secrets).values(), record.redis_url, record.database_url, "of the shell"]
    urls = {name: getattr(record, f"{name}_url") for name in expected}
    for name, url in urls.items():
        values = "\n".join((await environment_of(url)).values())
        assert {secret for secret in every if secret in values} == expected[name]


async def test_a_service_is_a_database_user_of_its_own_without_rights_of_its_own(
    start_daemon: Callable[[], subprocess.Popen[bytes]], state: LocalState
) -> None:
    record = ready_record(state, start_daemon())
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


async def test_termination_leaves_no_process_and_a_second_run_keeps_the_data(
    start_daemon: Callable[[], subprocess.Popen[bytes]], state: LocalState, wait_for: Callable[..., object]
) -> None:
    daemon = start_daemon()
    record = ready_record(state, daemon)
    connection = await asyncpg.connect(record.database_url)
    await connection.execute("INSERT INTO registry.proof VALUES (1)")
    await connection.close()
    family = descendants(daemon.pid)
    assert len(family) >= 6
    daemon.terminate()
    assert daemon.wait(60) == 0
    assert survivors(family) == []
    assert state.running_record() is None

    again = ready_record(state, start_daemon())
    connection = await asyncpg.connect(again.database_url)
    assert await connection.fetchval("SELECT count(*) FROM registry.proof") == 1
    await connection.close()


@pytest.mark.skipif(sys.platform != "linux", reason="parent-death signals are Linux's")
async def test_a_killed_stack_leaves_nothing_and_does_not_block_the_next(
    start_daemon: Callable[[], subprocess.Popen[bytes]], state: LocalState, wait_for: Callable[..., object]
) -> None:
    daemon = start_daemon()
    ready_record(state, daemon)
    family = descendants(daemon.pid)
    assert len(family) >= 6
    daemon.send_signal(signal.SIGKILL)
    daemon.wait()
    wait_for(lambda: not survivors(family))
    ready_record(state, start_daemon())


async def test_a_second_stack_in_the_same_folder_is_refused(
    start_daemon: Callable[[], subprocess.Popen[bytes]], state: LocalState
) -> None:
    first = start_daemon()
    record = ready_record(state, first)
    second = start_daemon()
    assert second.wait(60) == 1
    assert state.running_record() == record


async def test_a_service_that_ends_takes_the_stack_down_and_says_so(
    start_daemon: Callable[[], subprocess.Popen[bytes]], state: LocalState
) -> None:
    daemon = start_daemon()
    ready_record(state, daemon)
    family = descendants(daemon.pid)
    [path] = state.processes.glob("registry-*.json")
    os.kill(json.loads(path.read_text())["pid"], signal.SIGKILL)
    assert daemon.wait(60) == 1
    assert survivors(family) == []
    record = state.read_record()
    assert record is not None
    assert "registry ended with status -9" in record.failure


def test_up_env_status_and_down_work_together(environment: dict[str, str], state: LocalState) -> None:
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
