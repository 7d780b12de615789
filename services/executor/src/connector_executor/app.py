"""The composition root: the only place that builds things."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial

from aiokafka import AIOKafkaConsumer
from fastapi import FastAPI
from faststream.kafka import KafkaBroker

from connector_executor import migrations_dir
from connector_executor.admission.redis import RedisAdmission, open_redis
from connector_executor.caller import Caller
from connector_executor.connectors.table import ConnectorTable
from connector_executor.dead_letters.desk import DeadLetterDesk
from connector_executor.dead_letters.kafka_log import kafka_letters
from connector_executor.dead_letters.replay import KafkaReplays
from connector_executor.dispatcher import Dispatcher
from connector_executor.egress import AddressGuard, AiohttpSender, parse_grants
from connector_executor.explain import Explainer
from connector_executor.finisher import Finisher
from connector_executor.health import HealthReporter
from connector_executor.inbound.definitions import DefinitionReader
from connector_executor.inbound.executions import Intake
from connector_executor.inbound.http import (
    checks,
    connectors_router,
    dead_letters_router,
    executions_router,
    internal_api,
)
from connector_executor.inbound.marks import committed_marks
from connector_executor.inbound.synchronous import SynchronousCalls
from connector_executor.lifecycle import background, every, give_up
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.announcements import Announcements
from connector_executor.outbound.dead import DeadLetters
from connector_executor.parking.census import Census
from connector_executor.parking.drainer import Drainer
from connector_executor.parking.parker import Parker
from connector_executor.parking.postgres import SCHEMA, PostgresParking, parking_pool
from connector_executor.settings import ExecutorSettings
from connector_executor.stages.authorize import Authorizer
from connector_executor.transform import Transformer
from connectors_shared.contract.topics import CONFIG, EXECUTE, EXECUTE_DEAD, HEALTH, RESULT
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.health import health_router
from connectors_shared.runtime.intake import Records, intake_broker, raw_batches
from connectors_shared.runtime.kafka import producer as open_producer
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.migrations import migrate
from connectors_shared.runtime.secrets import Keyring

log = get_logger(__name__)
TEND_SECONDS = 1.0
RELIEVE_SECONDS = 0.5
CENSUS_SECONDS = 5.0


async def build_app(settings: ExecutorSettings) -> FastAPI:
    """Everything wired, nothing started; the app's lifespan starts and stops it in order."""
    clock, metrics = SystemClock(), ExecutorMetrics()
    owner = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    redis = open_redis(settings.redis_url.get_secret_value())
    admission = RedisAdmission(
        redis,
        owner=owner,
        horizon_seconds=settings.horizon_seconds,
        drain_horizon_seconds=settings.drain_horizon_seconds,
        lease_seconds=settings.lease_seconds,
        ttl_seconds=settings.dedup_seconds,
        prefix=settings.key_prefix,
        breakers=settings.breakers(),
    )
    database_url = settings.database_url.get_secret_value()
    pool = parking_pool(database_url, max_size=settings.pool_size)
    parking = PostgresParking(pool)
    servers, prefix = settings.kafka_bootstrap_servers, settings.topic_prefix
    producer = open_producer(servers, "connectors-executor")
    sender = AiohttpSender(AddressGuard(grants=parse_grants(settings.egress_grants)))
    transformer = Transformer(workers=settings.transform_workers, deadline_seconds=settings.transform_seconds)
    authorizer = Authorizer(Keyring.parse(settings.encryption_keys.get_secret_value()))
    table = ConnectorTable(default_max_in_flight=settings.max_in_flight_per_connector)
    definitions = DefinitionReader(servers, prefix + CONFIG.name, table, metrics)
    finisher = Finisher(
        admission,
        producer,
        prefix + RESULT.name,
        clock,
        metrics,
        max_result_bytes=settings.max_result_bytes,
    )
    dead = DeadLetters(producer, prefix + EXECUTE_DEAD.name, clock, metrics)
    parker = Parker(parking, admission, finisher, dead, owner, clock, metrics)
    health = HealthReporter(admission, metrics, Announcements(producer, prefix + HEALTH.name, clock).announce)
    dispatcher = Dispatcher(
        admission,
        Caller(sender, authorizer, transformer, clock, metrics),
        finisher,
        parker,
        health,
        clock,
        metrics,
        max_in_flight=settings.max_in_flight,
        horizon_seconds=settings.horizon_seconds,
    )
    finisher.on_done = parker.on_done = dispatcher.forget
    finisher.under_way = lambda: dispatcher.running
    drainer = Drainer(
        parking,
        admission,
        table,
        dispatcher,
        finisher,
        parker,
        dead,
        owner,
        clock,
        metrics,
        lease_seconds=settings.lease_seconds,
        drain_horizon_seconds=settings.drain_horizon_seconds,
        catch_up=definitions.catch_up,
    )
    intake = Intake(
        table,
        definitions.catch_up,
        dispatcher,
        parker,
        dead,
        clock,
        metrics,
        window_records=settings.window_records,
        drain_seconds=settings.drain_seconds,
    )
    intake.generation = lambda: admission.generation
    intake.read_marks = partial(committed_marks, servers, settings.group_id)
    broker = intake_broker(servers, "connectors-executor", graceful_seconds=settings.drain_seconds)
    subscriber = raw_batches(
        broker,
        prefix + EXECUTE.name,
        group_id=settings.group_id,
        instance_id=settings.instance_id,
        listener=intake,
        most=settings.poll_records,
    )

    async def on_records(records: Records) -> None:
        await intake.on_records(records)

    subscriber(on_records)

    def consumer() -> AIOKafkaConsumer | None:
        found: AIOKafkaConsumer | None = subscriber.consumer
        return found

    intake.consumer = consumer
    intake.give_up = give_up

    async def settle() -> None:
        safe, intake.settled = intake.settled, []
        if safe:
            with suppress(ConnectionError):
                await admission.settle(safe)

    async def commit_and_balance() -> None:
        await intake.commit()
        intake.balance()
        await settle()

    async def renew() -> None:
        await dispatcher.renew()
        await drainer.renew()

    async def tend() -> None:
        if not dispatcher.available:
            await dispatcher.renew()

    async def relieve() -> None:
        dispatcher.diversion.relieve()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if settings.migrate:
                await asyncio.to_thread(migrate, database_url, migrations_dir(), SCHEMA)
            await pool
            stack.push_async_callback(pool.close)
            stack.push_async_callback(redis.aclose)
            await producer.start()
            stack.push_async_callback(producer.stop)
            await sender.start()
            stack.push_async_callback(sender.close)
            await transformer.start()
            stack.push_async_callback(transformer.close)
            await definitions.start()
            definitions.on_change = drainer.wake
            stack.push_async_callback(definitions.stop)
            await dispatcher.renew()
            works = (definitions.run, finisher.run, dispatcher.run, parker.run, drainer.run, health.run)
            await stack.enter_async_context(background(*works))
            await stack.enter_async_context(
                background(
                    every(settings.commit_seconds, commit_and_balance),
                    every(settings.lease_seconds / 3, renew),
                    every(min(TEND_SECONDS, settings.lease_seconds / 3), tend),
                    every(RELIEVE_SECONDS, relieve),
                    every(CENSUS_SECONDS, Census(parking, parker, metrics).take),
                )
            )
            await broker.start()
            log.info("executor.started", group=settings.group_id, connectors=len(table))
            try:
                yield
            finally:
                await _stop(intake, dispatcher, parker, drainer, broker, settings.drain_seconds)
                await settle()
                log.info("executor.stopped")

    replays = KafkaReplays(producer, prefix + EXECUTE.name)
    desk = DeadLetterDesk(kafka_letters(servers, prefix + EXECUTE_DEAD.name), replays, metrics)
    explainer = Explainer(table, admission, parking, dispatcher, clock, horizon_seconds=settings.horizon_seconds)
    calls = SynchronousCalls(table, definitions.catch_up, dispatcher, clock)
    routers = [
        executions_router(calls),
        connectors_router(explainer, parking, drainer.wake),
        dead_letters_router(desk),
    ]
    app = internal_api(settings.internal_token, routers, lifespan)
    found = checks(admission, dispatcher, intake, parker, clock, settings.stall_seconds)
    app.include_router(health_router(found, metrics.registry))
    return app


async def _stop(
    intake: Intake, dispatcher: Dispatcher, parker: Parker, drainer: Drainer, broker: KafkaBroker, drain_seconds: float
) -> None:
    """Pause, drain, commit, leave the group; the producer is flushed when it stops, after this."""
    consumer = intake.consumer()
    if consumer is not None:
        consumer.pause(*intake.assignments.partitions)
    drainer.halted = True
    await dispatcher.drain(drain_seconds)
    await parker.flush(drain_seconds)
    await drainer.stop()
    await intake.commit(final=True)
    intake.assignments.revoke()
    await broker.stop()
