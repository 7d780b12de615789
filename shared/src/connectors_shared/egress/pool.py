"""Connections that are kept: how many at once, how long without use, and whose turn it is when there are enough."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable

from .connection import Connection
from .destinations import Destination
from .refusal import closing
from .watch import DEQUEUED, QUEUED, Watch

Dial = Callable[[Destination, Watch | None, Callable[[Connection], None]], Awaitable[Connection]]


class _Lane:
    """Of one destination: how many connections are in use, how many callers wait, and the connections that nobody uses,
    the last used ones at the end."""

    __slots__ = ("idle", "key", "taken", "waiting")

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.taken = self.waiting = 0
        self.idle: deque[Connection] = deque()


class Pool:
    """At most `most` connections are in use at once, and `most_per_destination` of each (0: no bound of its own); no
    more than `most` wait, none longer than `idle_seconds`. Who finds no room waits in the order of coming.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, dial: Dial, *, most: int, most_per_destination: int, idle_seconds: float
    ) -> None:
        self._loop = loop
        self._dial = dial
        self._most = most
        self._most_per_destination = most_per_destination
        self._idle_seconds = idle_seconds
        self._lanes: dict[Hashable, _Lane] = {}
        self._taken = self._idle = 0
        self._waiting: dict[asyncio.Future[None], _Lane] = {}
        self._open: set[Connection] = set()
        self._sweeping: asyncio.TimerHandle | None = None
        self._closed = False

    def kept(self, destination: Destination) -> Connection | None:
        """One that is there already, if there is room; nobody waits for it."""
        lane = self._lanes.get(destination.key)
        if lane is None or not lane.idle or lane.waiting or not self._has_room(lane):
            return None
        connection = self._freshest(lane)
        if connection is not None:
            self._take(lane)
        return connection

    async def connect(self, destination: Destination, watch: Watch | None) -> Connection:
        """One that is there, or a new one, when there is room. Raises SendError."""
        lane = self._lanes.get(destination.key)
        if lane is None:
            lane = self._lanes[destination.key] = _Lane(destination.key)
        await self._room(lane, watch)
        try:
            if self._closed:
                raise closing()
            connection = self._freshest(lane) or await self._new(destination, watch)
        except BaseException:
            self._free(lane)
            raise
        return connection

    def keep(self, connection: Connection) -> None:
        """It is not in use any more, and can be used again."""
        lane = self._lanes[connection.destination.key]
        if self._idle >= self._most or self._closed:
            self.end(connection)
        else:
            connection.idle_since = self._loop.time()
            lane.idle.append(connection)
            self._idle += 1
            if self._sweeping is None:
                self._sweeping = self._loop.call_later(self._idle_seconds, self._sweep)
        self._free(lane)

    def drop(self, connection: Connection) -> None:
        """It is not in use any more, and whoever had it has ended it."""
        self._free(self._lanes[connection.destination.key])

    def end(self, connection: Connection) -> None:
        """Orderly, unless too many are at it already: who speaks TLS may keep the goodbye waiting."""
        if len(self._open) > 2 * self._most:
            connection.abort()
        else:
            connection.close()

    def close(self) -> None:
        """Ends all connections, those in use as well, and all waiting."""
        self._closed = True
        if self._sweeping is not None:
            self._sweeping.cancel()
        for turn in self._waiting:
            if not turn.done():
                turn.set_exception(closing())
        for connection in tuple(self._open):
            connection.abort()

    def _has_room(self, lane: _Lane) -> bool:
        return self._taken < self._most and not 0 < self._most_per_destination <= lane.taken

    def _take(self, lane: _Lane) -> None:
        lane.taken += 1
        self._taken += 1

    async def _room(self, lane: _Lane, watch: Watch | None) -> None:
        # Where there is room in all, who waits for another destination waits for that alone.
        if not lane.waiting and self._has_room(lane):
            self._take(lane)
            return
        if watch is not None:
            watch.note(QUEUED)
        turn: asyncio.Future[None] = self._loop.create_future()
        self._waiting[turn] = lane
        lane.waiting += 1
        try:
            await turn
        except BaseException:
            if turn in self._waiting:
                self._call_off(turn)
            else:  # it had come, in the same moment
                self._free(lane)
            raise
        if watch is not None:
            watch.note(DEQUEUED)

    def _call_off(self, turn: asyncio.Future[None]) -> None:
        lane = self._waiting.pop(turn)
        lane.waiting -= 1
        self._call_next()
        self._forget(lane)

    def _free(self, lane: _Lane) -> None:
        lane.taken -= 1
        self._taken -= 1
        if self._waiting:
            self._call_next()
        if not lane.idle:
            self._forget(lane)

    def _call_next(self) -> None:
        while self._taken < self._most and (turn := self._first_with_room()) is not None:
            lane = self._waiting.pop(turn)
            lane.waiting -= 1
            self._take(lane)
            turn.set_result(None)

    def _first_with_room(self) -> asyncio.Future[None] | None:
        for turn, lane in self._waiting.items():
            if not turn.done() and self._has_room(lane):
                return turn
        return None

    def _forget(self, lane: _Lane) -> None:
        if not (lane.idle or lane.taken or lane.waiting):
            self._lanes.pop(lane.key, None)

    async def _new(self, destination: Destination, watch: Watch | None) -> Connection:
        connection = await self._dial(destination, watch, self._open.discard)
        if self._closed:
            connection.abort()
            raise closing()
        if connection.is_open():  # it may be lost already, and nobody would tell of it once more
            self._open.add(connection)
        return connection

    def _freshest(self, lane: _Lane) -> Connection | None:
        """The one used last: it is the least likely to have been given up by its server."""
        now = self._loop.time()
        while lane.idle:
            connection = lane.idle.pop()
            self._idle -= 1
            if connection.is_open() and now - connection.idle_since < self._idle_seconds and connection.is_quiet():
                return connection
            self.end(connection)
        return None

    def _sweep(self) -> None:
        self._sweeping = None
        now = self._loop.time()
        oldest = now
        for lane in list(self._lanes.values()):
            while lane.idle and (lane.idle[0].idle_since + self._idle_seconds <= now or not lane.idle[0].is_open()):
                self.end(lane.idle.popleft())
                self._idle -= 1
            if lane.idle:
                oldest = min(oldest, lane.idle[0].idle_since)
            self._forget(lane)
        if self._idle:
            self._sweeping = self._loop.call_at(oldest + self._idle_seconds, self._sweep)
