"""Real servers for the tests that ask for them; a session that asks for none starts none."""

import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import hypothesis
import pytest
import structlog

from connectors_local.exports import EXPORTED
from connectors_local.processes import Supervisor
from connectors_local.testservers import ServerKind, ServerPool, fresh_database, unique_prefix
from tests import kafka_connections
from tests.workers import Controller, Worker, number_of_workers

KIND_OF_FIXTURE = {
    "kafka_servers": ServerKind.KAFKA,
    "postgres_url": ServerKind.POSTGRES,
    "valkey_url": ServerKind.VALKEY,
}
FRAMES_OF_A_SERVICE = 1000
WORKER = pytest.StashKey[Worker]()
REPORTED = "conformance"
NOT_RUN = "conformance not run"


def pytest_configure(config: pytest.Config) -> None:
    """A shell may know a running stack (`connectors env`): no test, and no process of one, hears of it."""
    for name in EXPORTED & os.environ.keys():
        del os.environ[name]
    _log_faults_briefly()
    kafka_connections.watch()
    # How long an example takes says how busy the machine is, and nothing about what is tested.
    hypothesis.settings.register_profile("without deadline", deadline=None)
    hypothesis.settings.load_profile("without deadline")
    if hasattr(config, "workerinput"):
        worker = config.stash[WORKER] = Worker(config)
        config.pluginmanager.register(worker)
    elif config.getoption("numprocesses", None):
        config.pluginmanager.register(Controller())


def _log_faults_briefly() -> None:
    """Pytest has loaded `rich`, by which a logged fault would be drawn with all variables: a minute for a large one."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    return number_of_workers()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Before the controller hears of it."""
    if worker := session.config.stash.get(WORKER, None):
        worker.want(wanted(session))


def wanted(session: pytest.Session) -> set[ServerKind]:
    """The servers that a test of the session will ask for."""
    asked_for = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    return {kind for name, kind in KIND_OF_FIXTURE.items() if name in asked_for}


@pytest.fixture(autouse=True)
def recursion_limit_of_a_service() -> None:
    """Whichever test ran before: importing jsonata raises the limit of the whole process."""
    sys.setrecursionlimit(FRAMES_OF_A_SERVICE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """With the last of a file everything ends that its tests share."""
    yield
    if nextitem is None or nextitem.path != item.path:
        left = list(kafka_connections.left_open())
        assert not left, "\n".join(left)


@pytest.fixture(scope="session")
async def server_pool(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ServerPool]:
    """Of this process alone, or with the addresses of those that all workers share."""
    worker = request.config.stash.get(WORKER, None)
    pool = ServerPool(tmp_path_factory.mktemp("servers"), worker.addresses() if worker else {})
    yield pool
    await pool.stop()


async def address_of(kind: ServerKind, pool: ServerPool, request: pytest.FixtureRequest) -> str:
    """Start this server and, at the same time, every other one that a test of the session will ask for."""
    await pool.ensure({kind, *wanted(request.session)})
    return pool.addresses[kind]


@pytest.fixture(scope="session")
async def kafka_servers(server_pool: ServerPool, request: pytest.FixtureRequest) -> str:
    """Bootstrap servers of a real Apache Kafka. Use `topic_prefix` for topics and groups."""
    return await address_of(ServerKind.KAFKA, server_pool, request)


@pytest.fixture(scope="session")
async def postgres_url(server_pool: ServerPool, request: pytest.FixtureRequest) -> str:
    """The server's maintenance database. Use `database` for tables."""
    return await address_of(ServerKind.POSTGRES, server_pool, request)


@pytest.fixture(scope="session")
async def valkey_url(server_pool: ServerPool, request: pytest.FixtureRequest) -> str:
    """A real Valkey. Use `key_prefix` for keys."""
    return await address_of(ServerKind.VALKEY, server_pool, request)


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[str]:
    """The URL of an empty database of this test's own; its user is no administrator."""
    async with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture
def administrator_url(postgres_url: str, database: str) -> str:
    """The same database with the rights of an administrator, to look into it from outside; no service has them."""
    return urlsplit(postgres_url)._replace(path=urlsplit(database).path).geturl()


@pytest.fixture
def topic_prefix() -> str:
    return unique_prefix()


@pytest.fixture
def key_prefix() -> str:
    return unique_prefix()


@pytest.fixture
async def supervisor(tmp_path: Path) -> AsyncIterator[Supervisor]:
    """For tests that start, pause and kill servers or processes of their own."""
    supervisor = Supervisor(tmp_path / "processes")
    yield supervisor
    await supervisor.stop_all(grace_seconds=2)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What conformance tests have to say; it comes with their reports, also from workers."""
    if reported := list(dict.fromkeys(said(terminalreporter, REPORTED))):
        terminalreporter.section("conformance")
    for line in reported:
        terminalreporter.line(line)
    if not_run := list(dict.fromkeys(said(terminalreporter, NOT_RUN))):
        terminalreporter.section("CONFORMANCE NOT RUN", sep="!", red=True, bold=True)
    for line in not_run:
        terminalreporter.line(line, red=True)


def said(terminalreporter: pytest.TerminalReporter, name: str) -> Iterator[str]:
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                yield from (str(value) for key, value in report.user_properties if key == name)
