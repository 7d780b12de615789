"""The composition root of the history's process: everything of it is built and connected here."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware

from connector_registry import SCHEMA, migrations_dir
from connector_registry.history.recording.consumer import TopicConsumer
from connector_registry.history.recording.days import Days
from connector_registry.history.recording.drift import DriftWatch
from connector_registry.history.recording.drift_postgres import PostgresSamples
from connector_registry.history.recording.health import HealthListener
from connector_registry.history.recording.inbox import Handle
from connector_registry.history.recording.letters import SERVICE, KafkaLetters
from connector_registry.history.recording.metrics import HistoryMetrics
from connector_registry.history.recording.patience import Patience
from connector_registry.history.recording.postgres import PostgresHistory
from connector_registry.history.recording.recorder import Recorder
from connector_registry.history.recording.retention import Retention
from connector_registry.history.recording.settings import HistorySettings
from connector_registry.noticing.postgres import PostgresNoticeBoard
from connectors_shared.contract.topics import CONTACT_UPDATED, HEALTH, RESULT, Topic
from connectors_shared.http.security_headers import SecurityHeaders
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.health import Check, health_routes, metrics_route
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import PollLoop
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.outgoing import RecordProducer, record_producer
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role
from connectors_shared.runtime.server import Service
from connectors_shared.runtime.supervision import Supervisor

log = get_logger(__name__)


class Consuming:
    """Joins Kafka as soon as it answers, and leaves it. `problem` is why nothing is consumed now."""

    def __init__(
        self,
        settings: HistorySettings,
        store: PostgresHistory,
        board: PostgresNoticeBoard,
        days: Days,
        metrics: HistoryMetrics,
        supervisor: Supervisor,
    ) -> None:
        self._settings = settings
        self._store = store
        self._board = board
        self._days = days
        self._metrics = metrics
        self._supervisor = supervisor
        self._clock = SystemClock()
        self._patiences = {topic.name: Patience() for topic in (RESULT, CONTACT_UPDATED, HEALTH)}
        self._joined: list[TopicConsumer] = []
        self._stack = AsyncExitStack()

    async def join(self) -> None:
        """Returns when all topics are consumed."""
        await self._patiences[RESULT.name].until_done("make days", self._days.keep)
        producer = await self._patiences[RESULT.name].until_done("connect to Kafka", self._connected)
        self._stack.push_async_callback(producer.stop)
        letters = KafkaLetters(producer, self._clock, self._settings.topic_prefix)
        await self._consume(RESULT, self._recorder(RESULT, letters).results)
        await self._consume(CONTACT_UPDATED, self._recorder(CONTACT_UPDATED, letters).updates)
        await self._consume(HEALTH, HealthListener(self._board, self._patiences[HEALTH.name], self._metrics).heard)

    async def leave(self) -> None:
        """What is under way is finished, if it can be now."""
        await self._stack.aclose()

    async def problem(self) -> str | None:
        for patience in self._patiences.values():
            if patience.problem is not None:
                return patience.problem
        if len(self._joined) < len(self._patiences):
            return "Kafka has not been joined yet"
        return next(filter(None, [await consumer.problem() for consumer in self._joined]), None)

    def _recorder(self, topic: Topic, letters: KafkaLetters) -> Recorder:
        return Recorder(self._store, letters, self._days, self._patiences[topic.name], self._metrics)

    async def _connected(self) -> RecordProducer:
        producer = record_producer(self._settings.kafka_bootstrap_servers, SERVICE, self._settings.topic_prefix)
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer

    async def _consume(self, topic: Topic, handle: Handle) -> None:
        async def joined() -> TopicConsumer:
            consumer = TopicConsumer(self._settings, topic, handle, self._clock, self._metrics, self._supervisor)
            await consumer.start()
            return consumer

        consumer = await self._patiences[topic.name].until_done("join the group", joined)
        self._stack.push_async_callback(consumer.stop)
        self._joined.append(consumer)


async def build_service(settings: HistorySettings) -> Service:
    """Raises MigrationError or what asyncpg raises. Kafka may be down: it is joined when it is back."""
    metrics = HistoryMetrics()
    if settings.migrate:
        await bring_up_to_date(settings.database_url_of(Role.OWNER), migrations_dir(), SCHEMA)
    url = settings.database_url_of(Role.WORKER)
    pool = await open_pool(url, schema=SCHEMA, role=Role.WORKER, max_size=settings.pool_max_size)
    store, board = PostgresHistory(pool), PostgresNoticeBoard(pool)
    days = Days(store, SystemClock())
    supervisor, retention = Supervisor(), Retention(store, board, days)
    drift = DriftWatch(PostgresSamples(pool), board)
    loops = [PollLoop("history.forget", retention.forget), PollLoop("answers.look", drift.look)]
    consuming = Consuming(settings, store, board, days, metrics, supervisor)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        log.info("history.started", port=settings.port)
        try:
            async with supervisor.running(consuming.join, *(loop.run for loop in loops)):
                yield
        finally:
            await consuming.leave()
            await pool.close()

    async def postgres() -> str | None:
        await store.answers()
        return None

    checks: dict[str, Check] = {"postgres": postgres, "consuming": consuming.problem}
    routes = [*health_routes(checks), metrics_route(metrics.registry)]
    return Service(Starlette(routes=routes, lifespan=lifespan, middleware=[Middleware(SecurityHeaders)]))
