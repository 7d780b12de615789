"""What surrounds the routes: settings, documents, metrics, CORS, and the publisher's promise."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import structlog
from pydantic import ValidationError
from structlog.testing import CapturingLogger

from connector_registry.__main__ import main
from connector_registry.metrics import Metrics
from connector_registry.outbox.port import BatchSize, OutboxRow, TooLargeError
from connector_registry.outbox.publisher import LARGEST_BATCH, Publisher
from connector_registry.outbox.turns import send_oldest
from connector_registry.settings import Settings
from connectors_shared.contract.topics import CONFIG
from connectors_shared.runtime.clock import SystemClock
from tests.unit.registry.conftest import INTERNAL
from tests.unit.registry.outbox.publishing_twin import oldest_of

Build = Callable[..., dict[str, Any]]
REQUIRED = {
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    "DATABASE_URL": "postgresql://127.0.0.1:1/none",
    "CONNECTORS_JWT_SECRET": "s" * 32,
    "CONNECTORS_ENCRYPTION_KEYS": "k1:" + "QUFB" * 10 + "QUE=",
}


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """The service sets up the logging of its process; here that is the test session's."""
    root = logging.getLogger()
    handlers, level, configured = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configured)


def environment(monkeypatch: pytest.MonkeyPatch, **changes: str | None) -> None:
    for name, value in (REQUIRED | changes).items():
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)


@pytest.mark.parametrize("missing", list(REQUIRED))
def test_without_a_required_setting_it_does_not_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    environment(monkeypatch, **{missing: None})
    assert main() == 2
    assert missing.removeprefix("CONNECTORS_") in capsys.readouterr().err


def test_a_short_token_secret_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment(monkeypatch, CONNECTORS_JWT_SECRET="short-canary")
    assert main() == 2
    assert "short-canary" not in capsys.readouterr().err


@pytest.mark.parametrize("keys", ["", "k1:canary", "k1:c2hvcnQ="])
def test_with_unusable_encryption_keys_it_does_not_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], keys: str
) -> None:
    environment(monkeypatch, CONNECTORS_ENCRYPTION_KEYS=keys)
    assert main() == 2
    error = capsys.readouterr().err
    assert "encryption key" in error
    assert "canary" not in error


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, CONNECTORS_ALLOWED_ORIGINS="https://a.example, https://b.example,")
    monkeypatch.setenv("CONNECTORS_MIGRATE", "false")
    settings = Settings()
    assert settings.allowed_origins == ("https://a.example", "https://b.example")
    assert settings.migrate is False
    assert "sss" not in repr(settings)


def test_where_to_execute_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, CONNECTORS_EXECUTOR_URL="http://executor:8082", CONNECTORS_EXECUTOR_TOKEN="t" * 32)
    settings = Settings()
    assert settings.executor_url == "http://executor:8082"
    assert settings.executor_token is not None
    assert settings.executor_token.get_secret_value() == "t" * 32
    assert "ttt" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"), [("CONNECTORS_EXECUTOR_URL", "executor:8082"), ("CONNECTORS_EXECUTOR_TOKEN", "short-canary")]
)
def test_where_to_execute_must_be_usable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    environment(monkeypatch, **{name: value})
    assert main() == 2
    error = capsys.readouterr().err
    assert name.removeprefix("CONNECTORS_") in error.upper()
    assert "canary" not in error


def test_a_setting_out_of_range_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, CONNECTORS_PUBLISH_WAIT_SECONDS="0")
    with pytest.raises(ValidationError):
        Settings()


async def test_the_openapi_document_describes_bodies_and_problems(client: httpx2.AsyncClient) -> None:
    document = (await client.get(f"{INTERNAL}/openapi.json")).json()
    one = "/api/connectors/{connector_id}"
    words = ("execute", "enable", "disable", "restore", "republish")
    paths = {"/api/connectors", "/api/connector-kinds", one, *(f"{one}/{word}" for word in words)}
    assert set(document["paths"]) >= paths
    execute = document["paths"][one + "/execute"]["post"]
    assert execute["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/ExecutionDraft")
    assert "application/problem+json" in execute["responses"]["503"]["content"]
    create = document["paths"]["/api/connectors"]["post"]
    assert create["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/ConnectorDraft")
    assert "application/problem+json" in create["responses"]["422"]["content"]
    assert set(create["responses"]) == {"201", "202", "400", "401", "403", "409", "413", "415", "422", "429", "503"}
    for reference in references(document):
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]
    assert (await client.get(f"{INTERNAL}/docs")).status_code == 200


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


async def test_metrics_count_by_route_and_never_by_id(client: httpx2.AsyncClient, a_connector: Build) -> None:
    made = (await client.post("/api/connectors", json=a_connector())).json()
    await client.get(f"/api/connectors/{made['id']}")
    await client.get("/unknown/place")
    await client.request("BREW", "/api/connectors")
    text = (await client.get(f"{INTERNAL}/metrics")).text
    line = 'connectors_registry_requests_total{method="%s",route="%s",status="%d"} 1.0'
    assert line % ("POST", "/api/connectors", 201) in text
    assert line % ("GET", "/api/connectors/{connector_id}", 200) in text
    assert line % ("GET", "unmatched", 404) in text
    assert "BREW" not in text
    assert made["id"] not in text


async def test_only_allowed_origins_may_call_from_a_browser(client: httpx2.AsyncClient) -> None:
    async def preflight(origin: str) -> str | None:
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "authorization,if-match",
        }
        answer = await client.options("/api/connectors", headers=headers)
        return answer.headers.get("access-control-allow-origin")

    assert await preflight("https://console.example") == "https://console.example"
    assert await preflight("https://evil.example") is None


class ListOutbox:
    """Rows in a list."""

    def __init__(self) -> None:
        self.rows: list[OutboxRow] = []
        self.aside: list[OutboxRow] = []

    @asynccontextmanager
    async def turn(self) -> AsyncIterator["ListOutbox"]:
        yield self

    async def oldest(self, size: BatchSize) -> list[OutboxRow]:
        return oldest_of(self.rows, size)

    async def forget(self, rows: Sequence[OutboxRow]) -> None:
        del self.rows[: len(rows)]

    async def set_aside(self, row: OutboxRow) -> None:
        self.rows.remove(row)
        self.aside.append(row)

    async def waiting(self) -> tuple[int, float]:
        return len(self.rows), 0.0

    async def refused(self, limit: int) -> list[str]:
        return [row.key for row in self.aside][:limit]

    def add(self, *numbers: int, of_bytes: int = 1) -> None:
        now = SystemClock().now()
        self.rows += [OutboxRow(id=n, topic="t", key="k", value=b"v" * of_bytes, created_at=now) for n in numbers]


class BreakingSender:
    """Fails as often as told, then records."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.sent: list[int] = []

    async def connect(self) -> None:
        return

    async def take_over(self) -> None:
        return

    async def send(self, rows: Sequence[OutboxRow]) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("no broker")
        self.sent += [row.id for row in rows]


class SlowSender(BreakingSender):
    """Gets no more than so many bytes through before the transaction is aborted."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__()
        self.most_bytes = most_bytes
        self.tried: list[int] = []

    async def send(self, rows: Sequence[OutboxRow]) -> None:
        self.tried.append(sum(len(row.value or b"") for row in rows))
        if self.tried[-1] > self.most_bytes:
            raise TimeoutError
        await super().send(rows)


async def test_over_a_slow_connection_less_is_sent_at_once_until_it_gets_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0.001)
    outbox, sender = ListOutbox(), SlowSender(most_bytes=1_000_000)
    publisher = a_publisher(outbox, sender, wait_seconds=60)
    outbox.add(*range(12), of_bytes=900_000)
    running = asyncio.create_task(publisher.run())
    assert await publisher.published()
    running.cancel()
    assert sender.sent == list(range(12))
    assert max(sender.tried) <= LARGEST_BATCH.bytes
    assert sender.tried[:3] == [3_600_000, 1_800_000, 900_000]


async def test_a_row_larger_than_a_batch_goes_alone() -> None:
    outbox, sender = ListOutbox(), BreakingSender()
    outbox.add(1, 2, of_bytes=LARGEST_BATCH.bytes + 1)
    assert [row.id for row in await send_oldest(outbox, sender, LARGEST_BATCH)] == [1]
    assert [row.id for row in await send_oldest(outbox, sender, LARGEST_BATCH)] == [2]


class RefusingSender(BreakingSender):
    """Takes no row above the size that the topic takes."""

    async def send(self, rows: Sequence[OutboxRow]) -> None:
        if any(len(row.value or b"") > CONFIG.record_bytes for row in rows):
            raise TooLargeError(rows)
        await super().send(rows)


async def test_a_row_that_kafka_never_takes_is_set_aside_and_those_of_others_are_published(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0.001)
    log = CapturingLogger()
    monkeypatch.setattr("connector_registry.outbox.turns.log", log)
    outbox, sender, metrics = ListOutbox(), RefusingSender(), Metrics()
    publisher = Publisher(outbox, sender, metrics, SystemClock(), 60)
    outbox.add(1)
    outbox.add(2, of_bytes=CONFIG.record_bytes + 1)
    outbox.add(3, 4)
    running = asyncio.create_task(publisher.run())
    assert await publisher.published()
    running.cancel()
    assert (sender.sent, [row.id for row in outbox.aside], outbox.rows) == ([1, 3, 4], [2], [])
    assert metrics.registry.get_sample_value("connectors_registry_outbox_set_aside_rows") == 1
    [told] = log.calls
    assert (told.args, told.kwargs["key"]) == (("outbox.set_aside",), "k")


def a_publisher(outbox: ListOutbox, sender: BreakingSender, wait_seconds: float) -> Publisher:
    return Publisher(outbox, sender, Metrics(), SystemClock(), wait_seconds)


async def test_published_is_true_only_after_everything_is_acknowledged() -> None:
    outbox, sender = ListOutbox(), BreakingSender(failures=1)
    publisher = a_publisher(outbox, sender, wait_seconds=10)
    outbox.add(*range(250))
    running = asyncio.create_task(publisher.run())
    assert await publisher.published()
    assert sender.sent == list(range(250))
    assert publisher.fault is None
    running.cancel()


async def test_published_is_false_when_the_wait_ends_first_and_the_rows_stay() -> None:
    outbox, sender = ListOutbox(), BreakingSender(failures=1_000_000)
    publisher = a_publisher(outbox, sender, wait_seconds=0.05)
    outbox.add(1)
    running = asyncio.create_task(publisher.run())
    assert not await publisher.published()
    assert publisher.fault == "ConnectionError: no broker"
    assert [row.id for row in outbox.rows] == [1]
    running.cancel()


async def test_a_request_is_logged_without_what_was_searched_for(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = CapturingLogger()
    monkeypatch.setattr("connectors_shared.http.observing.log", log)
    await client.get("/api/connectors?q=canary-search")
    [handled] = log.calls
    assert handled.args == ("request.handled",)
    assert (handled.kwargs["route"], handled.kwargs["status"]) == ("/api/connectors", 200)
    assert "canary-search" not in repr(handled)
