"""The REST API, the tables and the topic together."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from connector_registry import SCHEMA
from connector_registry.app import purges_of
from connector_registry.outbox.postgres import PostgresOutbox, PostgresOutgoing
from connector_registry.outbox.purging import Purger
from connector_registry.settings import Settings
from connectors_local import ports
from connectors_local.database_users import administrator
from connectors_local.topics import create_topics
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.contract.topics import CONFIG
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role
from connectors_shared.runtime.secrets import Keyring, place_of
from tests.failure.proxy import Proxy
from tests.integration.registry.conftest import INTERNAL, published, topic_messages

Build = Callable[..., dict[str, Any]]
Messages = Callable[[], Awaitable[list[tuple[str, bytes | None]]]]
Running = Callable[[Settings], AbstractAsyncContextManager[httpx2.AsyncClient]]
SignIn = Callable[..., dict[str, str]]


def of_connectors(messages: list[tuple[str, bytes | None]]) -> list[tuple[str, bytes | None]]:
    """Without those about their credentials."""
    return [(key, value) for key, value in messages if key.startswith("connector/")]


async def tables(url: str) -> dict[str, str]:
    """Every row of every table of the service, as text."""
    connection = await asyncpg.connect(url)
    try:
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'registry'")
        return {
            name: "\n".join(str(row[0]) for row in await connection.fetch(f'SELECT t::text FROM registry."{name}" t'))
            for (name,) in names
        }
    finally:
        await connection.close()


async def test_a_connector_is_published_before_its_create_answers(
    client: httpx2.AsyncClient, config_messages: Messages, a_connector: Build, settings: Settings
) -> None:
    made = await client.post("/api/connectors", json=a_connector())
    assert (made.status_code, made.json()["published"]) == (201, True)
    [(_, sealed), (key, value)] = await config_messages()
    assert key == f"connector/{made.json()['id']}"
    assert value is not None
    message = PublishedConnector.model_validate_json(value)
    assert (message.revision, message.version, message.name, message.enabled) == (1, 1, "Lookup", True)
    credential = PublishedCredential.model_validate_json(sealed or b"")
    assert (credential.credential_id, credential.allowed_origins) == (
        message.credential_id,
        ["https://api.example.com"],
    )
    keyring = Keyring.parse(settings.encryption_keys.get_secret_value())
    assert keyring.open(credential.sealed["token"], place_of(credential, "token")) == "canary-token-0123456789"


async def test_changes_a_deletion_and_its_taking_back_follow_each_other_on_the_topic(
    client: httpx2.AsyncClient, config_messages: Messages, a_connector: Build
) -> None:
    path = (await client.post("/api/connectors", json=a_connector())).headers["location"]
    answers = [
        await client.put(path, json={"input_schema": {"phone": {"label": "Phone"}}}),
        await client.post(path + "/disable"),
        await client.put(path, json={"name": "Another", "enabled": True}),
    ]
    assert [(answer.status_code, answer.headers["etag"]) for answer in answers] == [(200, f'"{n}"') for n in (2, 3, 4)]
    assert (await client.delete(path)).status_code == 204
    assert (await client.post(path + "/restore")).headers["etag"] == '"6"'
    told = await config_messages()
    messages = [json.loads(value or b"null") for _, value in of_connectors(told)]
    assert [message["revision"] for message in messages] == [1, 2, 3, 4, 5, 6]
    assert [message.get("version") for message in messages] == [1, 2, 2, 2, None, 2]
    assert [message.get("enabled") for message in messages] == [True, True, False, True, None, True]
    assert [message["deleted"] for message in messages] == [False] * 4 + [True, False]
    secrets = [json.loads(value or b"null") for key, value in told if key.startswith("credential/")]
    assert [(secret["revision"], secret["deleted"]) for secret in secrets] == [(1, False), (2, True), (3, False)]


async def test_what_was_deleted_long_ago_is_purged_once_and_leaves_a_tombstone(
    client: httpx2.AsyncClient, config_messages: Messages, a_connector: Build, administrator_url: str, database: str
) -> None:
    paths = [(await client.post("/api/connectors", json=a_connector())).headers["location"] for _ in range(2)]
    for path in paths:
        assert (await client.delete(path)).status_code == 204
    [old, _] = [path.replace("/api/connectors", "connector") for path in paths]
    async with administrator(administrator_url) as admin:
        await admin.execute("UPDATE registry.deletions SET deleted_at = now() - interval '9 days' WHERE key = $1", old)
    async with await open_pool(database, schema=SCHEMA, role=Role.WORKER, max_size=2) as pool:
        purger = Purger(PostgresOutbox(pool, purges_of(PostgresOutgoing())), SystemClock())
        await asyncio.gather(purger.purge(), purger.purge())
    assert (await client.post("/api/connectors", json=a_connector())).status_code == 201
    assert [key for key, value in await config_messages() if value is None] == [old]
    assert [(await client.post(path + "/restore")).status_code for path in paths] == [404, 200]


async def test_the_secret_is_nowhere_in_plain_text(
    client: httpx2.AsyncClient,
    config_messages: Messages,
    a_connector: Build,
    administrator_url: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    canary = "canary-6f1e2d3c4b5a-plain"
    caplog.set_level("DEBUG")
    answers: list[httpx2.Response] = []
    body = a_connector()
    auths: list[dict[str, Any]] = [
        {"type": "bearer", "token": canary},
        {"type": "apikey", "config": {"key": canary}},
        {"type": "basic", "username": "ann", "password": canary},
        {"type": "bearer", "token": canary + "\n"},
    ]
    body["config"]["headers"] = [{"key": "X-Signature", "valueType": "secret", "value": canary}]
    body["config"]["queryParams"] = [{"key": "key", "valueType": "secret", "staticValue": canary}]
    shared = {"name": "Shared", "auth": {"type": "bearer", "token": canary}, "allowed_origins": ["https://a.example"]}
    answers.append(await client.post("/api/credentials", json=shared))
    answers.append(await client.post("/api/credentials", json=shared | {"allowed_origins": [canary]}))
    plain = body["config"] | {"headers": [{"key": "X-Api-Key", "value": canary}]}
    answers.append(await client.post("/api/connectors", json=body | {"config": plain}))
    for auth in auths:
        body["config"]["auth"] = auth
        made = await client.post("/api/connectors", json=body)
        answers.append(made)
        if made.status_code == 201:
            path = made.headers["location"]
            answers += [
                await client.get(path),
                await client.put(path, json=body | {"name": "Renamed"}),
                await client.get(path),
            ]
    answers += [await client.get("/api/connectors"), await client.get(f"{INTERNAL}/metrics")]
    assert [answer.status_code for answer in answers].count(201) == 4
    stored = await tables(administrator_url)
    messages = await config_messages()
    assert [key.partition("/")[0] for key, _ in messages].count("connector") == 6
    assert len(stored["credentials"].splitlines()) == 4
    everything = [answer.text for answer in answers] + list(stored.values())
    everything += [(value or b"").decode() for _, value in messages]
    everything += [caplog.text, *capfd.readouterr()]
    for text in everything:
        assert canary not in text


async def test_every_version_is_kept_and_cannot_be_changed(
    client: httpx2.AsyncClient, a_connector: Build, administrator_url: str
) -> None:
    made = await client.post("/api/connectors", json=a_connector())
    await client.put(made.headers["location"], json=a_connector(input_schema={"phone": {"label": "Second"}}))
    connection = await asyncpg.connect(administrator_url)
    try:
        label = "definition->'input_schema'->'phone'->>'label'"
        rows = await connection.fetch(f"SELECT {label} FROM registry.connector_versions ORDER BY version")
        assert [row[0] for row in rows] == ["", "Second"]
        with pytest.raises(asyncpg.RaiseError, match="immutable"):
            await connection.execute("UPDATE registry.connector_versions SET created_by = 'x'")
    finally:
        await connection.close()


async def test_order_nulls_and_big_numbers_survive_the_database(client: httpx2.AsyncClient, a_connector: Build) -> None:
    body = a_connector()
    body["config"] |= {
        "method": "POST",
        "bodyType": "json",
        "body": {"z": 2**70, "a": None, "ü": ["{{input.phone}}"]},
    }
    body["input_schema"] = {"zeta": {}, "phone": {}, "alpha": {"default": None}}
    path = (await client.post("/api/connectors", json=body)).headers["location"]
    read = (await client.get(path)).json()
    assert json.dumps(read["config"]["body"]) == json.dumps(body["config"]["body"])
    assert list(read["input_schema"]) == ["zeta", "phone", "alpha"]


async def test_of_two_changes_at_once_with_the_same_etag_one_wins(
    client: httpx2.AsyncClient, a_connector: Build
) -> None:
    path = (await client.post("/api/connectors", json=a_connector())).headers["location"]
    answers = await asyncio.gather(
        *(client.put(path, json={"name": f"N{n}"}, headers={"If-Match": '"1"'}) for n in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 5
    assert (await client.get(path)).headers["etag"] == '"2"'


async def test_many_changes_at_once_are_published_in_the_order_of_their_revisions(
    client: httpx2.AsyncClient, config_messages: Messages, a_connector: Build
) -> None:
    """No more at once than a replica has connections: whoever waits long for one is sent away."""
    paths = [
        answer.headers["location"]
        for answer in await asyncio.gather(*(client.post("/api/connectors", json=a_connector()) for _ in range(3)))
    ]
    await asyncio.gather(*(client.put(path, json={"name": f"N{n}"}) for path in paths for n in range(3)))
    seen: dict[str, list[int]] = {}
    for key, value in of_connectors(await config_messages()):
        seen.setdefault(key, []).append(json.loads(value or b"{}")["revision"])
    assert len(seen) == 3
    for revisions in seen.values():
        assert len(revisions) > 1
        assert revisions == list(range(1, len(revisions) + 1))


async def test_pages_search_and_filters_work_in_sql(client: httpx2.AsyncClient, a_connector: Build) -> None:
    for number in range(5):
        await client.post("/api/connectors", json=a_connector(name=f"Number {number}", category="CRM"))
    await client.post("/api/connectors", json=a_connector(name="100%_sure", enabled=False))
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await client.get("/api/connectors", params={"limit": 4, "cursor": cursor})).json()
        seen += [one["name"] for one in page["connectors"]]
        cursor = page["next_cursor"]
    assert seen == ["100%_sure", "Number 4", "Number 3", "Number 2", "Number 1", "Number 0"]

    async def names(**params: str) -> list[str]:
        return [one["name"] for one in (await client.get("/api/connectors", params=params)).json()["connectors"]]

    assert await names(q="%_S") == ["100%_sure"]
    assert await names(q="\\") == []
    assert await names(enabled="false") == ["100%_sure"]
    assert len(await names(category="crm")) == 5


async def test_another_workspace_reaches_nothing(
    client: httpx2.AsyncClient, a_connector: Build, sign_in: SignIn
) -> None:
    path = (await client.post("/api/connectors", json=a_connector())).headers["location"]
    stranger = sign_in(uuid4())
    assert (await client.get("/api/connectors", headers=stranger)).json()["connectors"] == []
    assert (await client.get(path, headers=stranger)).status_code == 404
    assert (await client.put(path, json={"name": "Mine"}, headers=stranger)).status_code == 404
    assert (await client.delete(path, headers=stranger)).status_code == 404
    assert (await client.get(path)).json()["name"] == "Lookup"


async def test_without_kafka_a_change_is_saved_and_published_by_the_next_start(
    settings: Settings, run_registry: Running, a_connector: Build, sign_in: SignIn, config_messages: Messages
) -> None:
    editor = sign_in(uuid4())
    offline = settings.model_copy(update={"kafka_bootstrap_servers": "127.0.0.1:1", "publish_wait_seconds": 0.2})
    async with run_registry(offline) as client:
        made = await client.post("/api/connectors", json=a_connector(), headers=editor)
        assert (made.status_code, made.json()["published"]) == (202, False)
        path = made.headers["location"]
        assert (await client.get(path, headers=editor)).json()["published"] is False
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        assert "kafka" in ready.json()["problems"]
    assert await config_messages() == []
    async with run_registry(settings) as client:
        changed = await client.put(path, json={"name": "Later"}, headers=editor)
        assert changed.status_code == 200
        assert (await client.get(path, headers=editor)).json()["published"] is True
    assert [json.loads(value or b"{}")["revision"] for _, value in of_connectors(await config_messages())] == [1, 2]


async def test_a_missing_topic_is_told_and_used_once_it_is_there(
    settings: Settings, run_registry: Running, a_connector: Build, sign_in: SignIn, kafka_servers: str
) -> None:
    prefix, editor = settings.topic_prefix + "late.", sign_in(uuid4())
    early = settings.model_copy(update={"topic_prefix": prefix, "publish_wait_seconds": 0.2})
    async with run_registry(early) as client:
        made = await client.post("/api/connectors", json=a_connector(), headers=editor)
        assert made.status_code == 202
        await create_topics(kafka_servers, topics=(CONFIG,), prefix=prefix)
        path = made.headers["location"]
        async with asyncio.timeout(60):
            while not (await client.get(path, headers=editor)).json()["published"]:
                await client.put(path, json={}, headers=editor)
        async with asyncio.timeout(20):
            while (await client.get("/readyz")).json() != {"status": "ready"}:
                pass


async def test_two_replicas_share_one_outbox(
    settings: Settings, run_registry: Running, a_connector: Build, sign_in: SignIn, config_messages: Messages
) -> None:
    editor = sign_in(uuid4())
    async with run_registry(settings) as one, run_registry(settings) as two:

        async def five_in_turn(client: httpx2.AsyncClient) -> list[httpx2.Response]:
            return [await client.post("/api/connectors", json=a_connector(), headers=editor) for _ in range(5)]

        # No more at once than a replica has connections: whoever waits long for one is sent away.
        groups = await asyncio.gather(*(five_in_turn(client) for client in (one, two) for _ in range(3)))
        answers = [answer for group in groups for answer in group]
        assert {answer.status_code for answer in answers} == {201}
        keys = [key for key, _ in of_connectors(await config_messages())]
    assert sorted(keys) == sorted(f"connector/{answer.json()['id']}" for answer in answers)


async def test_a_replica_that_is_frozen_while_it_sends_adds_nothing_when_it_thaws(
    settings: Settings,
    run_registry: Running,
    a_connector: Build,
    sign_in: SignIn,
    kafka_servers: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("connector_registry.outbox.postgres.FROZEN_SENDER_MS", 1_500)
    editor = sign_in(uuid4())
    async with Proxy(kafka_servers, kafka=True).open() as network:
        apart = settings.model_copy(update={"kafka_bootstrap_servers": network.address, "publish_wait_seconds": 0.2})
        async with run_registry(apart) as frozen, run_registry(settings) as other:
            made = await frozen.post("/api/connectors", json=a_connector(), headers=editor)
            path = made.headers["location"]
            await published(frozen, path, editor)
            network.hold_requests(b"The second")
            assert (await frozen.put(path, json={"name": "The second"}, headers=editor)).status_code == 202
            await network.held(1)
            assert (await other.put(path, json={"name": "The third"}, headers=editor)).status_code == 200
            await network.pass_on()
            assert (await frozen.put(path, json={"name": "The fourth"}, headers=editor)).status_code in (200, 202)
            await published(frozen, path, editor)
    topic = settings.topic_prefix + CONFIG.name
    for isolation_level in ("read_committed", "read_uncommitted"):
        messages = await topic_messages(kafka_servers, topic, isolation_level)
        assert [json.loads(value or b"null")["revision"] for _, value in of_connectors(messages)] == [1, 2, 3, 4]


async def test_ready_and_metrics_when_all_is_well(client: httpx2.AsyncClient, a_connector: Build) -> None:
    await client.post("/api/connectors", json=a_connector())
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    text = (await client.get(f"{INTERNAL}/metrics")).text
    assert "connectors_registry_messages_published_total 2.0" in text
    assert "connectors_registry_outbox_rows" in text
    assert "connectors_registry_publish_latency_seconds_count 2.0" in text


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_the_process_starts_serves_and_stops_on_a_signal(
    settings: Settings, free_port: int, stop: signal.Signals
) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "CONNECTORS_JWT_SECRET": settings.jwt_secret.get_secret_value(),
        "CONNECTORS_ENCRYPTION_KEYS": settings.encryption_keys.get_secret_value(),
        "CONNECTORS_TOPIC_PREFIX": settings.topic_prefix,
        "CONNECTORS_PORT": str(free_port),
        "CONNECTORS_INTERNAL_PORT": str(ports.free_port()),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "connector_registry", env=environment, stdout=-1, stderr=-1
    )
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{free_port}") as client:
            await _ready(client, process)
    finally:
        if process.returncode is None:
            process.send_signal(stop)
        output, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0, errors.decode()
    assert errors == b""
    assert all(json.loads(line)["service"] == "connectors-registry" for line in output.splitlines())


async def _ready(client: httpx2.AsyncClient, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(30):
        while process.returncode is None:
            try:
                if (await client.get("/readyz")).json() == {"status": "ready"}:
                    return
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
    pytest.fail("the process ended before it was ready")
