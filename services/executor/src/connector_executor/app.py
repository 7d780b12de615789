"""The composition root: the only place that builds things."""

import asyncio
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer
from fastapi import FastAPI
from faststream.kafka import KafkaBroker

from connector_executor.admission.redis import RedisAdmission, open_redis
from connector_executor.caller import Caller
from connector_executor.connectors.table import ConnectorTable
from connector_executor.dispatcher import Dispatcher
from connector_executor.egress import AddressGuard, AiohttpSender, parse_grants
from connector_executor.finisher import Finisher
from connector_executor.inbound.definitions import DefinitionReader
from connector_executor.inbound.executions import Intake
from connector_executor.inbound.http import checks
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.dead import DeadLetters
from connector_executor.settings import ExecutorSettings
from connector_executor.stages.authorize import Authorizer
from connector_executor.transform import Transformer
from connectors_shared.contract.topics import CONFIG, EXECUTE, EXECUTE_DEAD, RESULT
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.health import health_router
from connectors_shared.runtime.intake import Records, intake_broker, raw_batches
from connectors_shared.runtime.kafka import producer as open_producer
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.secrets import Keyring

log = get_logger(__name__)
LINGER_MS = 5
"""A result waits so long for others of its partition, because every request to Kafka costs CPU of its own."""


async def build_app(settings: ExecutorSettings) -> FastAPI:
    """Everything wired, nothing started; the app's lifespan starts and stops it in order."""
    clock, metrics = SystemClock(), ExecutorMetrics()
    redis = open_redis(settings.redis_url.get_secret_value())
    admission = RedisAdmission(
        redis,
        owner=f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}",
        horizon_seconds=settings.horizon_seconds,
        lease_seconds=settings.lease_seconds,
        ttl_seconds=settings.dedup_seconds,
        prefix=settings.key_prefix,
    )
    servers, prefix = settings.kafka_bootstrap_servers, settings.topic_prefix
    producer = open_producer(servers, "connectors-executor", linger_ms=LINGER_MS)
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
    dispatcher = Dispatcher(
        admission,
        Caller(sender, authorizer, transformer, clock, metrics),
        finisher,
        clock,
        metrics,
        max_in_flight=settings.max_in_flight,
    )
    finisher.on_done = dispatcher.forget
    intake = Intake(
        table,
        definitions.catch_up,
        dispatcher,
        DeadLetters(producer, prefix + EXECUTE_DEAD.name, clock, metrics),
        clock,
        metrics,
        window_records=settings.window_records,
        drain_seconds=settings.drain_seconds,
    )
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
    intake.give_up = _give_up

    async def settle() -> None:
        safe, intake.settled = intake.settled, []
        if safe:
            with suppress(ConnectionError):
                await admission.settle(safe)

    async def commit_and_balance() -> None:
        await intake.commit()
        intake.balance()
        await settle()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(redis.aclose)
            await producer.start()
            stack.push_async_callback(producer.stop)
            await sender.start()
            stack.push_async_callback(sender.close)
            await transformer.start()
            stack.push_async_callback(transformer.close)
            await definitions.start()
            stack.push_async_callback(definitions.stop)
            await stack.enter_async_context(_background(definitions.run, finisher.run, dispatcher.run))
            await stack.enter_async_context(
                _background(
                    lambda: _every(settings.commit_seconds, commit_and_balance),
                    lambda: _every(settings.lease_seconds / 3, dispatcher.renew),
                )
            )
            await broker.start()
            log.info("executor.started", group=settings.group_id, connectors=len(table))
            try:
                yield
            finally:
                await _stop(intake, dispatcher, broker, settings.drain_seconds)
                await settle()
                log.info("executor.stopped")

    app = FastAPI(title="Connectors executor", lifespan=lifespan, docs_url=None, redoc_url=None)
    health = checks(admission, dispatcher, intake, clock, settings.stall_seconds)
    app.include_router(health_router(health, metrics.registry))
    return app


async def _stop(intake: Intake, dispatcher: Dispatcher, broker: KafkaBroker, drain_seconds: float) -> None:
    """Pause, drain, commit, leave the group; the producer is flushed when it stops, after this."""
    consumer = intake.consumer()
    if consumer is not None:
        consumer.pause(*intake.assignments.partitions)
    await dispatcher.drain(drain_seconds)
    await intake.commit()
    intake.assignments.revoke()
    await broker.stop()


@asynccontextmanager
async def _background(*works: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Run coroutines beside the body. One that dies takes the process with it: nothing limps on."""
    tasks = [asyncio.ensure_future(work()) for work in works]
    for task in tasks:
        task.add_done_callback(_exit_on_fault)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _exit_on_fault(task: "asyncio.Future[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("executor.fault", exc_info=error)
        _give_up()


def _give_up() -> None:
    """End at once, as if killed: what is unfinished is delivered again, to a process in a known state."""
    sys.stdout.flush()
    os._exit(70)


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except ConnectionError as error:
            log.warning("store.unreachable", why=str(error))
