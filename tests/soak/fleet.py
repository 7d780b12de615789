"""Executors and field mappers as processes, started again when they end as any orchestrator would, and watched."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2

from connectors_local.ports import LOOPBACK
from connectors_local.processes import ChildProcess, Supervisor, log_tail
from connectors_local.servers.managed import port_accepts
from connectors_local.services import SERVICES, Service
from tests.failure.bench import eventually
from tests.soak.history import Exit

SPEC_OF = {spec.name: spec for spec in SERVICES}
WATCH_SECONDS = 0.1
AGAIN_SECONDS = 1.0
STOP_SECONDS = 60.0
"""A drain takes 20 s; a revoke of somebody else's may come before it."""
READY_SECONDS = 120.0
START_SECONDS = 60.0
NOTED_LINES = 25


@dataclass(slots=True)
class Member:
    """One process and its successors. `wanted`: started again when it ends by itself. `mourned`: did so last."""

    service: Service
    wanted: bool = False
    asked: str = ""
    was_ready: bool = False
    mourned: ChildProcess | None = None

    @property
    def name(self) -> str:
        return self.service.name

    @property
    def child(self) -> ChildProcess | None:
        return self.service.child


class Fleet:
    """`environment` is what every member is told; `static` members have an instance id."""

    def __init__(
        self,
        supervisor: Supervisor,
        folder: Path,
        environment: Mapping[str, str],
        noted: Callable[[Exit], None],
        *,
        static: bool,
    ) -> None:
        self._supervisor = supervisor
        self._folder = folder
        self._environment = environment
        self._noted = noted
        self._static = static
        self._restarts: set[asyncio.Task[None]] = set()
        self.members: dict[str, Member] = {}

    def of(self, kind: str) -> list[Member]:
        """Those of `executor` or `mapper` that should run, in the order of their names."""
        return [m for name, m in sorted(self.members.items()) if name.startswith(kind) and m.wanted]

    async def start(self, name: str) -> Member:
        """Does not wait until it is ready. `name` is `executor-1` or `mapper-2`."""
        member = self.members.get(name) or self._new(name)
        self.members[name] = member
        service = member.service
        member.wanted, member.asked, member.was_ready = True, "", False
        service.choose_ports()
        await service.prepare()
        service.child = service.spawn()
        return member

    def kill(self, member: Member) -> None:
        if self._dismiss(member, "kill"):
            member.service.kill()
            self._note(member)

    async def stop(self, member: Member) -> None:
        """SIGTERM, and kill when it takes too long."""
        if self._dismiss(member, "stop"):
            await member.service.stop(STOP_SECONDS)
            self._note(member)

    async def ready(self, member: Member, seconds: float = READY_SECONDS) -> None:
        """Raises TimeoutError."""

        async def answers() -> bool:
            return await member.service.answers()

        await eventually(answers, f"{member.name} is ready", seconds)
        member.was_ready = True

    async def up(self, members: Iterable[Member]) -> None:
        """Returns when they have started, however busy the machine is, or the time is over."""

        async def listens(member: Member) -> bool:
            return await port_accepts(LOOPBACK, member.service.ports["http"])

        with suppress(TimeoutError):
            for member in members:
                await eventually(partial(listens, member), f"{member.name} listens", START_SECONDS)

    async def watch(self) -> None:
        """For ever: whoever ends unasked is written down, and started again."""
        while True:
            for member in self.members.values():
                child = member.child
                if member.wanted and child is not None and child is not member.mourned and not child.running:
                    self._note(member)
                    member.mourned = child
                    restart = asyncio.create_task(self._again(member))
                    self._restarts.add(restart)
                    restart.add_done_callback(self._restarts.discard)
            await asyncio.sleep(WATCH_SECONDS)

    async def look(self) -> None:
        """For ever: notes who has been ready; a process that has not may give up while a server is away."""
        while True:
            for member in list(self.members.values()):
                if member.wanted and not member.was_ready and await member.service.answers():
                    member.was_ready = True
            await asyncio.sleep(1.0)

    async def stop_all(self) -> None:
        for restart in self._restarts:
            restart.cancel()
        await asyncio.gather(*(self.stop(member) for member in self.members.values() if member.wanted))

    async def who_is_ready(self, kind: str) -> dict[str, bool]:
        """What each of `executor` or `mapper` says that had been ready before."""
        members = [member for member in self.of(kind) if member.was_ready]
        answers = await asyncio.gather(*(member.service.answers() for member in members))
        return {member.name: answer for member, answer in zip(members, answers, strict=True)}

    async def states(self) -> dict[str, str]:
        """What everybody says of himself, for the evidence."""
        return {member.name: await _state(member) for member in self.members.values() if member.wanted}

    def _new(self, name: str) -> Member:
        kind = name.partition("-")[0]
        service = Service(SPEC_OF[kind], self._supervisor, self._folder / name, self._folder / f"{name}.log")
        service.name = name
        service.preferred_ports = dict.fromkeys(service.preferred_ports)
        variable = {"executor": "CONNECTORS_INSTANCE_ID", "mapper": "CONNECTORS_GROUP_INSTANCE_ID"}[kind]
        service.environment = {**self._environment, **({variable: name} if self._static else {})}
        return Member(service)

    def _dismiss(self, member: Member, asked: str) -> bool:
        """Whether it runs: whoever has just ended by himself is only not started again."""
        member.wanted, member.asked = False, asked
        return member.service.running

    async def _again(self, member: Member) -> None:
        await asyncio.sleep(AGAIN_SECONDS)
        if not member.asked:
            await self.start(member.name)

    def _note(self, member: Member) -> None:
        child = member.child
        assert child is not None
        status = child.popen.returncode
        log = "" if member.asked and status in (0, -9) else log_tail(child.log_path, NOTED_LINES)
        self._noted(Exit(member.name, time.monotonic(), status, member.asked, member.was_ready, log))


async def _state(member: Member) -> str:
    async with httpx2.AsyncClient(timeout=3, trust_env=False) as client:
        try:
            ready = await client.get(f"{member.service.url}/readyz")
            metrics = await client.get(f"{member.service.internal_url}/metrics")
        except httpx2.HTTPError as error:
            return f"does not answer: {error!r}"
    values = [line for line in metrics.text.splitlines() if line and not line.startswith(("#", "python_", "process_"))]
    return "\n".join([f"{ready.status_code} {ready.text}", *values])
