"""A TCP proxy between executors and one server, in the test's own process: it does what a bad network does."""

import asyncio
import random
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

from connectors_local.ports import LOOPBACK, free_port, release_port

CHUNK_BYTES = 64 * 1024
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
GONE = (ConnectionError, asyncio.IncompleteReadError)


class Fault(Enum):
    """What is wrong with the network at the moment."""

    NONE = "none"
    STALL = "stall"
    HOLD_REQUESTS = "hold requests"
    HOLD_REPLIES = "hold replies"
    LOSE_REPLIES = "lose replies"


@dataclass(eq=False)
class Link:
    """One client with its own connection to the server. `marks` says of each unanswered request if it is marked."""

    client: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    server: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    marks: deque[bool] = field(default_factory=deque)
    tail: bytes = b""


class Proxy:
    """Listens on `port` and talks to `target` ("host:port"). One fault at a time; a new one replaces the last.

    What is held is delivered by `pass_on`, however late, as a network does, and discarded by `reset` and `cut`.
    `kafka`: requests and replies are told apart frame by frame, and the broker's address in replies becomes ours.
    """

    def __init__(self, target: str, *, kafka: bool = False) -> None:
        self.host, _, port = target.rpartition(":")
        self.target_port = int(port)
        self.kafka = kafka
        self.port = free_port()
        self.holding = 0
        self.lost = 0
        self._fault = Fault.NONE
        self._marker = b""
        self._losses = 0
        self._delay = (0.0, 0.0)
        self._listener: asyncio.Server | None = None
        self._links: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._healed = asyncio.Event()
        self._changed = asyncio.Event()

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Proxy"]:
        await self.pass_on()
        try:
            yield self
        finally:
            await self.cut()
            release_port(self.port)

    async def pass_on(self) -> None:
        """A healthy network: what was held goes on, and connections are accepted again."""
        self._begin(Fault.NONE)
        if self._listener is None:
            self._listener = await asyncio.start_server(self._accept, LOOPBACK, self.port)

    async def reset(self) -> None:
        """Every open connection ends with RST; new ones are accepted."""
        links = list(self._links)
        for link in links:
            _reset(self._links[link])
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)

    async def cut(self) -> None:
        """As `reset`, and new connections are refused."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        await self.reset()

    def stall(self) -> None:
        """Half-open: connections are accepted and stay, and nothing goes through in either direction."""
        self._begin(Fault.STALL)

    def hold_requests(self, marker: bytes = b"") -> None:
        """A connection stands still from the first request on that contains `marker`: the server never sees it."""
        self._begin(Fault.HOLD_REQUESTS, marker)

    def hold_replies(self, marker: bytes = b"") -> None:
        """The server does what requests with `marker` ask for; their replies stay in the network."""
        self._begin(Fault.HOLD_REPLIES, marker)

    def lose_replies(self, marker: bytes = b"", times: int = 1) -> None:
        """The server answers the next requests with `marker`; instead of its replies the client gets RST."""
        self._begin(Fault.LOSE_REPLIES, marker)
        self._losses = times

    def delay(self, least_seconds: float, most_seconds: float) -> None:
        """Whatever is sent arrives later by a time between these."""
        self._begin(Fault.NONE)
        self._delay = (least_seconds, most_seconds)

    async def held(self, messages: int, seconds: float = 20) -> None:
        """Returns when so many connections stand still; raises TimeoutError."""
        await self._until(lambda: self.holding >= messages, seconds)

    async def lost_in_all(self, replies: int, seconds: float = 20) -> None:
        """Returns when so many replies are lost since the start; raises TimeoutError."""
        await self._until(lambda: self.lost >= replies, seconds)

    async def _until(self, condition: Callable[[], bool], seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise TimeoutError(f"after {seconds:g} s: {self.holding} held, {self.lost} lost") from None

    def _begin(self, fault: Fault, marker: bytes = b"") -> None:
        self._healed.set()
        self._healed = asyncio.Event()
        self._fault, self._marker, self._delay = fault, marker, (0.0, 0.0)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.create_task(self._connect(reader, writer))
        self._links[link] = writer
        link.add_done_callback(self._links.pop)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server = await asyncio.open_connection(self.host, self.target_port)
        except OSError:
            _reset(writer)
            return
        link = Link((reader, writer), server)
        pumps = [asyncio.create_task(self._requests(link)), asyncio.create_task(self._replies(link))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            writer.close()
            server[1].close()
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _requests(self, link: Link) -> None:
        with suppress(*GONE):
            while data := await self._read(link.client[0]):
                marked = self._is_marked(link, data)
                while self._fault is Fault.STALL or (marked and self._fault is Fault.HOLD_REQUESTS):
                    await self._hold()
                if marked and self._fault is Fault.LOSE_REPLIES:
                    self._losses -= 1
                link.marks.append(marked)
                await self._forward(link.server[1], data)

    async def _replies(self, link: Link) -> None:
        with suppress(*GONE):
            while data := await self._read(link.server[0]):
                marked = self._answers_a_marked_request(link)
                if marked and self._fault is Fault.LOSE_REPLIES:
                    self.lost += 1
                    self._changed.set()
                    _reset(link.client[1])
                    return
                while self._fault is Fault.STALL or (marked and self._fault is Fault.HOLD_REPLIES):
                    await self._hold()
                await self._forward(link.client[1], self._with_our_address(data))

    async def _hold(self) -> None:
        healed = self._healed
        self.holding += 1
        self._changed.set()
        try:
            await healed.wait()
        finally:
            self.holding -= 1

    async def _forward(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        if self._delay[1]:
            await asyncio.sleep(random.uniform(*self._delay))
        writer.write(data)
        await writer.drain()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        """A Kafka frame with its length, else whatever has arrived; empty at the end."""
        if not self.kafka:
            return await reader.read(CHUNK_BYTES)
        length = await reader.readexactly(4)
        return length + await reader.readexactly(int.from_bytes(length, "big"))

    def _is_marked(self, link: Link, data: bytes) -> bool:
        """Whether it contains the marker, which may have begun in the chunk before."""
        seen = link.tail + data
        link.tail = seen[len(seen) - len(self._marker) + 1 :] if len(self._marker) > 1 else b""
        if self._fault in (Fault.NONE, Fault.STALL) or (self._fault is Fault.LOSE_REPLIES and self._losses <= 0):
            return False
        return self._marker in seen

    def _answers_a_marked_request(self, link: Link) -> bool:
        """Kafka answers in order, frame by frame; elsewhere a client sends nothing until it has its answer."""
        if self.kafka:
            return link.marks.popleft()
        marked = any(link.marks)
        link.marks.clear()
        return marked

    def _with_our_address(self, data: bytes) -> bytes:
        """Brokers advertise a string and four bytes; ours are as long, so that no length changes."""
        if not self.kafka:
            return data
        host = self.host.encode()
        return data.replace(host + self.target_port.to_bytes(4, "big"), host + self.port.to_bytes(4, "big"))


def _reset(writer: asyncio.StreamWriter) -> None:
    ours: socket.socket | None = writer.get_extra_info("socket")
    if ours is not None and ours.fileno() >= 0:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    writer.transport.abort()
