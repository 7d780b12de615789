"""The real servers: they start, answer, keep their data, and can be stopped, paused and killed."""

import socket
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from connectors_local.concurrency import all_or_first_failure
from connectors_local.downloads import kafka_jars
from connectors_local.processes import Supervisor, process_identity
from connectors_local.servers import KafkaCluster, PostgresServer, ServerStartError, ValkeyServer
from connectors_local.servers.kafka import live_brokers
from connectors_local.servers.postgres import accepts_queries
from connectors_local.servers.valkey import answers_ping
from connectors_local.topics import TopicCreationError, create_topics
from connectors_shared.contract.topics import TOPICS, Topic


@pytest.fixture(scope="session")
async def jars() -> Sequence[Path]:
    return await kafka_jars()


async def send(servers: str, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def receive(servers: str, topic: str, group: str | None = None) -> bytes:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=servers,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        value: bytes = (await consumer.getone()).value
        return value
    finally:
        await consumer.stop()


def a_topic(name: str) -> Topic:
    return Topic(name, "none", "a test message", (), (), partitions=1)


async def fetch_value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_kafka_carries_a_message_through_a_group(kafka_servers: str, topic_prefix: str) -> None:
    await create_topics(kafka_servers, topics=[a_topic("topic")], prefix=topic_prefix)
    await send(kafka_servers, f"{topic_prefix}topic", b"hello")
    assert await receive(kafka_servers, f"{topic_prefix}topic", f"{topic_prefix}group") == b"hello"


async def test_the_topics_of_the_contract_are_created_once(kafka_servers: str, topic_prefix: str) -> None:
    await create_topics(kafka_servers, prefix=topic_prefix)
    await create_topics(kafka_servers, prefix=topic_prefix)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka_servers)
    await consumer.start()
    try:
        there = await consumer.topics()
        assert {f"{topic_prefix}{topic.name}" for topic in TOPICS} <= there
    finally:
        await consumer.stop()


async def test_a_refused_topic_is_an_error(kafka_servers: str, topic_prefix: str) -> None:
    with pytest.raises(TopicCreationError, match="not a topic"):
        await create_topics(kafka_servers, topics=[a_topic("fine"), a_topic("not a topic")], prefix=topic_prefix)


async def test_postgres_is_18_and_databases_are_apart(postgres_url: str, database: str) -> None:
    assert str(await fetch_value(database, "SHOW server_version")).startswith("18")
    assert await fetch_value(database, "SELECT current_database()") != await fetch_value(
        postgres_url, "SELECT current_database()"
    )


async def test_valkey_is_9_and_never_evicts(valkey_url: str, key_prefix: str) -> None:
    async with redis.asyncio.Redis.from_url(valkey_url) as client:
        assert (await client.info())["valkey_version"].startswith("9")
        assert (await client.config_get("maxmemory-policy"))["maxmemory-policy"] == "noeviction"
        await client.set(f"{key_prefix}x", "1", ex=10)
        assert await client.get(f"{key_prefix}x") == b"1"


async def test_postgres_survives_kill_pause_and_restart(supervisor: Supervisor, tmp_path: Path) -> None:
    server = PostgresServer(supervisor, tmp_path / "postgres")
    await server.start()
    address = server.url
    await fetch_value(address, "CREATE TABLE kept AS SELECT 42 AS answer")
    server.kill()
    assert not await accepts_queries(address)
    await server.start()
    assert server.url == address
    assert await fetch_value(address, "SELECT answer FROM kept") == 42
    server.pause()
    assert not await accepts_queries(address)
    server.resume()
    assert await accepts_queries(address)
    await server.restart()
    assert await fetch_value(address, "SELECT answer FROM kept") == 42


async def test_postgres_asks_for_its_password(supervisor: Supervisor, tmp_path: Path) -> None:
    server = PostgresServer(supervisor, tmp_path / "postgres", durable=False, password="right")
    await server.start()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.url.replace("right", "wrong"))
    assert "right" not in server.log_path.read_text()


async def test_valkey_keeps_data_over_a_restart(supervisor: Supervisor, tmp_path: Path) -> None:
    server = ValkeyServer(supervisor, tmp_path / "valkey")
    await server.start()
    async with redis.asyncio.Redis.from_url(server.url) as client:
        await client.set("kept", "yes")
    await server.restart()
    async with redis.asyncio.Redis.from_url(server.url) as client:
        assert await client.get("kept") == b"yes"
    server.pause()
    assert not await answers_ping(server.url)
    server.resume()
    assert await answers_ping(server.url)


async def test_a_taken_port_is_chosen_around(supervisor: Supervisor, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = ValkeyServer(supervisor, tmp_path / "valkey", port=port)
        await server.start()
        assert server.ports["client"] != port
        assert await answers_ping(server.url)


async def test_a_port_lost_in_the_last_moment_is_replaced(supervisor: Supervisor, tmp_path: Path) -> None:
    class Unlucky(ValkeyServer):
        def choose_ports(self) -> None:
            if self.preferred_ports["client"] is not None:
                self.ports = {"client": stolen}
            else:
                super().choose_ports()

    with socket.create_server(("127.0.0.1", 0)) as thief:
        stolen = thief.getsockname()[1]
        server = Unlucky(supervisor, tmp_path / "valkey", port=stolen)
        await server.start(deadline_seconds=10)
        assert server.ports["client"] != stolen


async def test_a_server_that_ends_shows_its_log(supervisor: Supervisor, tmp_path: Path) -> None:
    server = PostgresServer(supervisor, tmp_path / "postgres", durable=False)
    await server.start()
    await server.stop()
    (server.folder / "postgresql.conf").write_text("nonsense_setting = 1\n")
    with pytest.raises(ServerStartError, match="nonsense_setting"):
        await server.start()
    assert not server.running


async def test_three_brokers_go_on_without_one(supervisor: Supervisor, tmp_path: Path, jars: Sequence[Path]) -> None:
    cluster = KafkaCluster(supervisor, tmp_path / "kafka", jars, brokers=3)
    await cluster.start()
    first, second, _ = cluster.brokers
    await create_topics(cluster.bootstrap_servers, topics=[a_topic("safe")], replication_factor=3)
    await send(cluster.bootstrap_servers, "safe", b"before")
    first.kill()
    assert await live_brokers("127.0.0.1", first.ports["client"]) == set()
    others = ",".join(broker.address for broker in cluster.brokers[1:])
    assert await receive(others, "safe") == b"before"
    await send(others, "safe", b"after")
    address = first.address
    await first.start()
    assert first.address == address
    assert first.node_id in await live_brokers("127.0.0.1", second.ports["client"])


async def test_kafka_keeps_messages_over_a_kill_and_new_ports(
    supervisor: Supervisor, tmp_path: Path, jars: Sequence[Path]
) -> None:
    cluster = KafkaCluster(supervisor, tmp_path / "kafka", jars)
    await cluster.start()
    await create_topics(cluster.bootstrap_servers, topics=[a_topic("kept")])
    await send(cluster.bootstrap_servers, "kept", b"still here")
    cluster.kill()
    again = KafkaCluster(supervisor, tmp_path / "kafka", jars)
    await again.start()
    assert again.bootstrap_servers != cluster.bootstrap_servers
    assert await receive(again.bootstrap_servers, "kept") == b"still here"
    assert not any(process_identity(broker.child.pid) for broker in cluster.brokers if broker.child)


async def test_nothing_runs_after_the_servers_were_stopped(supervisor: Supervisor, tmp_path: Path) -> None:
    servers = [ValkeyServer(supervisor, tmp_path / f"valkey-{number}") for number in range(3)]
    await all_or_first_failure(server.start() for server in servers)
    pids = [child.pid for child in supervisor.children]
    await supervisor.stop_all()
    assert len(pids) == 3
    assert not any(process_identity(pid) for pid in pids)
