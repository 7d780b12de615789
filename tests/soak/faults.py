"""How each fault is done. It has ended when what it took away is there again: a process when it listens."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import redis.asyncio

from tests.soak.fleet import Fleet, Member
from tests.soak.history import Claim, Fault, History
from tests.soak.schedule import PlannedFault
from tests.soak.stage import Stage

STORM_TURN_SECONDS = 2.0
LOST_REPLIES = 20
RUNS_A_SCRIPT = b"EVALSHA"
JOINERS = ("executor-3", "executor-4")
START_SECONDS = 240.0
"""Of a server, on a machine that has other things to do."""
NOTICED_SECONDS = 8.0
"""A server that has been lost for so long is missed."""


class Faults:
    """Does what was planned, and writes down when."""

    def __init__(self, stage: Stage, fleet: Fleet, history: History) -> None:
        self._stage = stage
        self._fleet = fleet
        self._history = history
        self._does: dict[str, Callable[[PlannedFault], Awaitable[str]]] = {
            "kill": lambda fault: self._kill("executor", fault),
            "kill-mapper": lambda fault: self._kill("mapper", fault),
            "kill-all": self._kill_all,
            "hang": lambda fault: self._hang("executor", fault),
            "hang-mapper": lambda fault: self._hang("mapper", fault),
            "scale": self._scale,
            "storm": self._storm,
            "roll": lambda fault: self._roll("executor", fault),
            "roll-mappers": lambda fault: self._roll("mapper", fault),
            "flushall": self._flushall,
            "valkey-restart": self._valkey_restart,
            "valkey-empty": self._valkey_empty,
            "valkey-hang": self._valkey_hang,
            "valkey-cut": self._valkey_cut,
            "valkey-replies": self._valkey_replies,
            "postgres-stop": self._postgres_stop,
            "postgres-cut": self._postgres_cut,
            "kafka-kill": self._kafka_kill,
            "kafka-hang": self._kafka_hang,
        }

    async def run(self, faults: Sequence[PlannedFault], began: float) -> None:
        """Returns when the last one is healed; `began` is the start of the run."""
        async with asyncio.TaskGroup() as tasks:
            for track in {fault.track for fault in faults}:
                tasks.create_task(self._run([fault for fault in faults if fault.track == track], began))

    async def _run(self, faults: Sequence[PlannedFault], began: float) -> None:
        for fault in faults:
            await asyncio.sleep(max(0.0, began + fault.at - time.monotonic()))
            at = time.monotonic()
            detail = await self._does[fault.kind](fault)
            self._history.faults.append(Fault(fault.kind, detail, at, time.monotonic()))

    async def _kill(self, kind: str, fault: PlannedFault) -> str:
        member = self._choose(kind, fault)
        self._fleet.kill(member)
        await asyncio.sleep(fault.seconds)
        await self._fleet.up([await self._fleet.start(member.name)])
        return member.name

    async def _kill_all(self, fault: PlannedFault) -> str:
        members = self._fleet.of("executor")
        for member in members:
            self._fleet.kill(member)
        await asyncio.sleep(fault.seconds)
        await self._fleet.up([await self._fleet.start(member.name) for member in members])
        return ", ".join(member.name for member in members)

    async def _hang(self, kind: str, fault: PlannedFault) -> str:
        member = self._choose(kind, fault)
        member.service.pause()
        try:
            await asyncio.sleep(fault.seconds)
        finally:
            member.service.resume()
        return member.name

    async def _scale(self, fault: PlannedFault) -> str:
        member = await self._fleet.start(JOINERS[0])
        await asyncio.sleep(fault.seconds)
        await self._fleet.stop(member)
        return member.name

    async def _storm(self, fault: PlannedFault) -> str:
        ends = time.monotonic() + fault.seconds
        turns = 0
        while time.monotonic() < ends:
            for name in JOINERS:
                await self._fleet.start(name)
                await asyncio.sleep(STORM_TURN_SECONDS)
            self._fleet.kill(self._fleet.members[JOINERS[turns % 2]])
            await self._fleet.stop(self._fleet.members[JOINERS[(turns + 1) % 2]])
            turns += 1
        return f"{turns} times two"

    async def _roll(self, kind: str, fault: PlannedFault) -> str:
        members = self._fleet.of(kind)
        for member in members:
            await self._fleet.stop(member)
            await asyncio.sleep(fault.seconds)
            await self._fleet.start(member.name)
        await self._fleet.up(members)
        return ", ".join(member.name for member in members)

    async def _flushall(self, _fault: PlannedFault) -> str:
        client = redis.asyncio.Redis.from_url(self._stage.valkey.url)
        try:
            await client.flushall()
        finally:
            await client.aclose()
        return ""

    async def _valkey_restart(self, fault: PlannedFault) -> str:
        self._stage.valkey.kill()
        await asyncio.sleep(fault.seconds)
        await self._stage.valkey.start(START_SECONDS)
        return ""

    async def _valkey_empty(self, fault: PlannedFault) -> str:
        await self._stage.empty_valkey()
        await asyncio.sleep(fault.seconds)
        await self._stage.valkey.start(START_SECONDS)
        return ""

    async def _valkey_hang(self, fault: PlannedFault) -> str:
        self._stage.valkey.pause()
        await self._without("valkey", fault)
        self._stage.valkey.resume()
        return ""

    async def _valkey_cut(self, fault: PlannedFault) -> str:
        await self._stage.store.cut()
        await self._without("valkey", fault)
        await self._stage.store.pass_on()
        return ""

    async def _valkey_replies(self, fault: PlannedFault) -> str:
        before = self._stage.store.lost
        self._stage.store.lose_replies(RUNS_A_SCRIPT, LOST_REPLIES)
        await asyncio.sleep(fault.seconds)
        await self._stage.store.pass_on()
        return f"{self._stage.store.lost - before} replies"

    async def _postgres_stop(self, fault: PlannedFault) -> str:
        await self._stage.postgres.stop()
        await asyncio.sleep(fault.seconds)
        await self._stage.postgres.start(START_SECONDS)
        return ""

    async def _postgres_cut(self, fault: PlannedFault) -> str:
        await self._stage.database.cut()
        await asyncio.sleep(fault.seconds)
        await self._stage.database.pass_on()
        return ""

    async def _kafka_kill(self, fault: PlannedFault) -> str:
        self._stage.kafka.kill()
        await self._without("kafka", fault)
        await asyncio.gather(*(broker.start(START_SECONDS) for broker in self._stage.kafka.brokers))
        return ""

    async def _kafka_hang(self, fault: PlannedFault) -> str:
        self._stage.kafka.pause()
        await self._without("kafka", fault)
        self._stage.kafka.resume()
        return ""

    async def _without(self, server: str, fault: PlannedFault) -> None:
        """Wait; and at the end of a long time ask the executors how they are."""
        await asyncio.sleep(fault.seconds)
        if fault.seconds >= NOTICED_SECONDS:
            said = await self._fleet.who_is_ready("executor")
            now = time.monotonic()
            self._history.claims += [Claim(name, now, ready, server) for name, ready in said.items()]

    def _choose(self, kind: str, fault: PlannedFault) -> Member:
        """One that runs; whoever ended by himself a moment ago is waited for by nobody."""
        members = self._fleet.of(kind)
        return members[int(fault.chance * len(members))]
