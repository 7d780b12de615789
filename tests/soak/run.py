"""One run: servers, services, load and faults for so long; then everything has to come to rest by itself."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from confluent_kafka import KafkaException

from connectors_shared.contract.facts import connector_key
from connectors_shared.contract.topics import CONFIG, CONTACT_UPDATED, EXECUTE, EXECUTE_DEAD, RESULT, RESULT_DEAD
from field_mapper.inbound.kafka import GROUP as MAPPERS
from tests.failure.bench import cancelled, eventually
from tests.soak.cast import Connector
from tests.soak.faults import Faults
from tests.soak.fleet import Fleet
from tests.soak.history import Asked, Call, Exit, History, Lag, Message, Place, Position
from tests.soak.kafka_client import Follower, Groups, Publisher
from tests.soak.load import Planned, plan_load
from tests.soak.pulse import Pulse
from tests.soak.schedule import PlannedFault
from tests.soak.stage import Stage, open_stage

EXECUTORS = "connectors-executor"
SERVE_SECONDS = 0.02
PULSE_SECONDS = 2.0
FIRST_RESULTS_SECONDS = 120.0
RECOVERY_SECONDS = 90.0
FOLLOWED = (RESULT, CONTACT_UPDATED, EXECUTE_DEAD, RESULT_DEAD)


@dataclass(frozen=True, slots=True)
class Plan:
    """A run, decided before it begins. `settle_seconds`: how long it may take to come to rest."""

    seed: int
    executions: int
    seconds: float
    faults: Sequence[PlannedFault]
    static: bool
    cast: Sequence[Connector]
    settle_seconds: float


@dataclass
class Run:
    """What is under way. Made by `open_run`."""

    plan: Plan
    stage: Stage
    fleet: Fleet
    history: History
    publisher: Publisher
    follower: Follower
    groups: Sequence[Groups]
    say: Callable[[str], None]
    answered: set[str] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)

    async def serve(self) -> None:
        """For ever: carries what is published to Kafka, and what Kafka has into the history."""
        while True:
            self.publisher.serve()
            for message in self.follower.read():
                self._note(message)
            await asyncio.sleep(SERVE_SECONDS)

    def _note(self, message: Message) -> None:
        if message.topic == RESULT.name:
            self.history.results.append(message)
            self.answered.add(message.id)
        elif message.topic == CONTACT_UPDATED.name:
            self.history.updates.append(message)
            self.announced.add(message.id)
        else:
            self.history.dead.append(message)

    def ask(self, planned: Planned) -> None:
        """Publish it once more."""
        if planned.connector is None:
            self.history.poison[planned.id] = planned.value
            self.publisher.publish(EXECUTE.name, planned.key, planned.value, lambda _place: None)
            return
        asked = self.history.asked.setdefault(
            planned.id, Asked(planned.id, planned.connector, planned.contact_id, planned.fields)
        )
        self.publisher.publish(EXECUTE.name, planned.key, planned.value, asked.places.append)

    async def load(self, began: float) -> None:
        """Publish what was planned, when it was planned."""
        planned = plan_load(self.plan.seed, self.plan.cast, self.plan.executions, self.plan.seconds)
        for at, message in sorted(((at, p) for p in planned for at in p.at), key=lambda timed: timed[0]):
            await asyncio.sleep(max(0.0, began + at - time.monotonic()))
            self.ask(message)

    async def report(self, began: float) -> None:
        """For ever: one line every so often, so that a long run is seen to live."""
        while True:
            await asyncio.sleep(20)
            self.say(f"{time.monotonic() - began:7.1f} s  {self.progress()}")

    def progress(self) -> str:
        history = self.history
        return (
            f"{len(history.asked)} asked, {len(self.answered)} answered by {len(history.results)} results, "
            f"{len(self.announced)} updates, {len(history.dead)} dead, {len(history.faults)} faults"
        )

    async def at_rest(self) -> bool:
        """Every id has its results, every mapping its update, poison is set aside, and all offsets are at the end."""
        history = self.history
        if self.publisher.waiting or not history.asked.keys() <= self.answered:
            return False
        if not {asked.id for asked in history.asked.values() if asked.contact_id} <= self.announced:
            return False
        if not set(history.poison.values()) <= {letter.value for letter in history.dead}:
            return False
        positions = await self.positions()
        return bool(positions) and all(position.committed >= position.end for position in positions)

    async def positions(self) -> list[Position]:
        """None while Kafka does not answer."""
        try:
            return [p for group in self.groups for p in await asyncio.to_thread(group.positions)]
        except KafkaException:
            return []


async def carry_out(plan: Plan, folder: Path, say: Callable[[str], None]) -> tuple[History, dict[str, str]]:
    """The history, and what the services said of themselves at the end."""
    async with open_run(plan, folder, say) as run:
        run.say("servers and services are ready")
        await _live(run)
        run.say(f"at rest or at the end of patience: {run.progress()}")
        run.history.positions = await run.positions()
        states = await run.fleet.states()
        states["backlog"] = await _backlog(run.stage)
        await run.fleet.stop_all()
        run.history.contacts = await _contacts(run.stage)
    _read_calls(run.stage.calls_path, run.history)
    return run.history, states


async def _live(run: Run) -> None:
    plan, began = run.plan, time.monotonic()
    pulse = Pulse(run.publisher, run.history, run.plan.cast[0], PULSE_SECONDS)
    tasks = [asyncio.create_task(work) for work in (pulse.run(), run.report(began))]
    try:
        await eventually(lambda: pulse.answered(began), "a first result in every partition", FIRST_RESULTS_SECONDS)
        faults = asyncio.create_task(Faults(run.stage, run.fleet, run.history).run(plan.faults, time.monotonic()))
        await run.load(time.monotonic())
        await faults
        ended = time.monotonic()
        with suppress(TimeoutError):
            await eventually(lambda: pulse.answered(ended), "a result in every partition", RECOVERY_SECONDS)
    finally:
        for task in tasks:
            await cancelled(task)
    with suppress(TimeoutError):
        await eventually(run.at_rest, "rest", plan.settle_seconds)


@asynccontextmanager
async def open_run(plan: Plan, folder: Path, say: Callable[[str], None]) -> AsyncIterator[Run]:
    history = History()
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(open_stage(folder))
        servers = stage.kafka.bootstrap_servers
        publisher = Publisher(servers)
        stack.callback(publisher.close)
        follower = Follower(servers, [(topic.name, topic) for topic in FOLLOWED])
        stack.callback(follower.close)
        groups = [
            Groups(servers, EXECUTORS, EXECUTE.name, EXECUTE.partitions),
            Groups(servers, MAPPERS, RESULT.name, RESULT.partitions),
        ]
        for group in groups:
            stack.callback(group.close)
        noted: list[Exit] = history.exits
        fleet = Fleet(stage.supervisor, folder, stage.environment(), noted.append, static=plan.static)
        run = Run(plan, stage, fleet, history, publisher, follower, groups, say)
        for work in (run.serve, fleet.watch, fleet.look):
            _beside(stack, work)
        for connector in (one for one in run.plan.cast if one.role.is_published):
            message = connector.published(stage.upstream)
            publisher.publish(CONFIG.name, connector_key(connector.id).to_bytes(), message.to_json(), _ignored)
        members = [await fleet.start(name) for name in ("executor-1", "executor-2", "mapper-1", "mapper-2")]
        await asyncio.gather(*(fleet.ready(member) for member in members))
        yield run


def _beside(stack: AsyncExitStack, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Until the end of the block; a fault of it ends the run, and is raised when the block is left."""
    run, task = asyncio.current_task(), asyncio.create_task(work())

    def ended(task: "asyncio.Task[None]") -> None:
        if run is not None and not task.cancelled() and task.exception() is not None:
            run.cancel()

    task.add_done_callback(ended)
    stack.push_async_callback(cancelled, task)


def _ignored(_place: Place) -> None:
    """Definitions are not looked for again."""


async def _contacts(stage: Stage) -> dict[str, dict[str, Any]]:
    """Every contact with its fields, custom ones by their names too."""
    connection = await asyncpg.connect(stage.postgres.url)
    try:
        rows = await connection.fetch("SELECT * FROM mapper.contacts")
        found = {str(row["id"]): dict(row) for row in rows}
        for row in await connection.fetch("SELECT * FROM mapper.contact_custom_fields"):
            found[str(row["contact_id"])][row["field_name"]] = json.loads(row["field_value"])
        return found
    finally:
        await connection.close()


async def _backlog(stage: Stage) -> str:
    """What is still parked, for the evidence."""
    connection = await asyncpg.connect(stage.postgres.url)
    try:
        rows = await connection.fetch(
            "SELECT execution_id, connector_id, reason, attempt, ready, not_before, parked_at, lease_owner, "
            "lease_until FROM executor.parked_executions ORDER BY parked_at"
        )
        backlogs = await connection.fetch("SELECT * FROM executor.backlogs WHERE parked > 0")
        return "\n".join(str(dict(row)) for row in (*backlogs, *rows))
    except asyncpg.PostgresError as error:
        return f"cannot be read: {error}"
    finally:
        await connection.close()


def _read_calls(path: Path, history: History) -> None:
    for line in path.read_text().splitlines():
        found = json.loads(line)
        if "lag" in found:
            history.lags.append(Lag(found["at"], found["lag"]))
        else:
            history.calls.append(Call(**found))
