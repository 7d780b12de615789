"""Those who follow, and the one loop that reads for all of them.

Of each workspace that somebody follows the last executions are held, once for all its readers; who is further behind
reads from the database at their own pace. So a reader holds nothing but a position.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from connector_registry.history.feed.port import Fed, FeedSource, Portion
from connector_registry.history.reading import Summary
from connector_registry.history.shapes import line_of
from connectors_shared.http.event_stream import event, heartbeat, opening
from connectors_shared.http.problems import ProblemError
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import PollLoop
from connectors_shared.runtime.postgres_faults import DatabaseUnavailableError

POLL_SECONDS: Final = 0.5
BEHIND_SECONDS: Final = 0.05
"""Between two portions of a workspace that records more than one of them at a time, or of a reader far behind."""
READING_AT_ONCE: Final = 2
"""Readers far behind, who take turns: they use connections that answer every other request, too."""
HEARTBEAT_SECONDS: Final = 15.0
LIFE_SECONDS: Final = 60.0
"""Then a stream ends, and its reader comes again and says who it is: nobody follows for longer with a revoked key."""
RETRY_MS: Final = 1_000
HELD: Final = 1_000
"""Executions of one workspace."""
MOST_OF_WORKSPACE: Final = 20
MOST_READERS: Final = 500
"""Of this process."""
GAP: Final = b'{"detail":"Executions are missing here: more time has gone by than they can be told of. Read the list."}'

log = get_logger(__name__)


class TooManyStreamsError(ProblemError):
    status = 429
    kind = "too-many-streams"
    title = "Too many streams are open"
    detail = "Close one that the workspace has open, or try again after Retry-After seconds."
    sends = {"Retry-After": "Seconds after which it may be sent again."}  # noqa: RUF012


@dataclass(frozen=True, slots=True)
class Followed:
    """Which executions are told of: all that is not None has to hold."""

    connector_id: UUID | None = None
    flow_id: str | None = None
    flow_run_id: str | None = None
    contact_id: str | None = None
    status: str | None = None

    def holds(self, line: Summary) -> bool:
        return all(getattr(self, name) in (None, getattr(line, name)) for name in self.__slots__)


class Told(NamedTuple):
    position: int
    line: Summary
    text: bytes


@dataclass(slots=True)
class Stream:
    """Of one workspace. `position` of the last one that is held, None before it has been looked up."""

    position: int | None = None
    readers: int = 0
    held: deque[Told] = field(default_factory=lambda: deque(maxlen=HELD))
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, portion: Portion) -> None:
        if portion.has_gap:
            self.held.clear()
        self.held.extend([Told(each.position, each.line, _text(each)) for each in portion.lines])
        self.position = portion.position
        self.wake()

    def wake(self) -> None:
        self.moved.set()
        self.moved = asyncio.Event()

    def behind(self, position: int) -> list[Told] | None:
        """What is held of what follows the position; None where more of it has gone by."""
        if self.position is not None and position >= self.position:
            return []
        if not self.held or self.held[0].position > position + 1:
            return None
        return [told for told in self.held if told.position > position]


class Feed:
    """`join` before answering, `run` beside everything else; `close` ends all streams."""

    def __init__(self, source: FeedSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._streams: dict[UUID, Stream] = {}
        self._loop = PollLoop("feed.read", self._read)
        self._turns = asyncio.Semaphore(READING_AT_ONCE)
        self._open = True

    @property
    def readers(self) -> int:
        return sum(stream.readers for stream in self._streams.values())

    @property
    def workspaces(self) -> set[UUID]:
        """Those that somebody follows."""
        return set(self._streams)

    async def run(self) -> None:
        """For ever. Cancel to stop."""
        await self._loop.run()

    def close(self) -> None:
        self._open = False
        for stream in self._streams.values():
            stream.wake()

    async def join(self, workspace_id: UUID, followed: Followed, after: int | None) -> "Reader":
        """Behind that position, else behind all that is recorded. Raises TooManyStreamsError or
        DatabaseUnavailableError; whoever has the reader leaves it.
        """
        stream = self._streams.get(workspace_id) or Stream()
        if stream.readers >= MOST_OF_WORKSPACE or self.readers >= MOST_READERS:
            raise TooManyStreamsError(headers={"Retry-After": "5"})
        self._streams[workspace_id] = stream
        stream.readers += 1
        try:
            head = (await self._source.heads([workspace_id])).get(workspace_id, 0)
        except BaseException:
            self.leave(workspace_id)
            raise
        if stream.position is None:
            stream.position = head
            self._loop.wake()
        position = head if after is None else min(after, head)
        return Reader(self, workspace_id, stream, followed, position, has_gap=after is not None and after > head)

    def leave(self, workspace_id: UUID) -> None:
        stream = self._streams[workspace_id]
        stream.readers -= 1
        if not stream.readers:
            del self._streams[workspace_id]

    async def parts(self, reader: "Reader") -> AsyncGenerator[bytes, None]:
        """Events, until its time is over, the feed is closed, or the database does not answer."""
        yield opening(str(reader.position), RETRY_MS)
        if reader.has_gap:
            yield _gap(reader.position)
        ends = self._clock.monotonic() + LIFE_SECONDS
        while self._open and self._clock.monotonic() < ends:
            try:
                yield await self._next(reader)
            except DatabaseUnavailableError as error:
                log.warning("stream.ended", error=type(error).__name__)
                return

    async def _next(self, reader: "Reader") -> bytes:
        """What is new; nothing but a heartbeat after some time in which nothing was."""
        stream = reader.stream
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                while self._open:
                    moved = stream.moved
                    if text := await self._read_for(reader):
                        return text
                    if stream.behind(reader.position) == []:
                        await moved.wait()
        except TimeoutError:
            pass
        return heartbeat(str(reader.position))

    async def _read_for(self, reader: "Reader") -> bytes:
        told = reader.stream.behind(reader.position)
        if told is not None:
            reader.is_far_behind = False
            if told:
                reader.position = told[-1].position
            return b"".join(each.text for each in told if reader.followed.holds(each.line))
        portion = await self._portion(reader)
        reader.position = portion.position
        gap = _gap(portion.position) if portion.has_gap else b""
        return gap + b"".join(_text(each) for each in portion.lines if reader.followed.holds(each.line))

    async def _portion(self, reader: "Reader") -> Portion:
        """From the database. Whoever wants few of them would else read all that is kept at full speed."""
        if reader.is_far_behind:
            await asyncio.sleep(BEHIND_SECONDS)
        reader.is_far_behind = True
        async with self._turns:
            return await self._source.after(reader.workspace_id, reader.position)

    async def _read(self) -> float | None:
        """A portion of each workspace that is followed; None when none is."""
        watched = {
            workspace_id: stream for workspace_id, stream in self._streams.items() if stream.position is not None
        }
        if not watched:
            return None
        is_behind = False
        for workspace_id, head in (await self._source.heads(watched)).items():
            stream = watched[workspace_id]
            assert stream.position is not None
            if head != stream.position:
                stream.add(await self._source.after(workspace_id, stream.position))
                is_behind = is_behind or stream.position < head
        return BEHIND_SECONDS if is_behind else POLL_SECONDS


@dataclass(slots=True)
class Reader:
    """One who follows. All up to `position` is told, or was not asked for. `has_gap`: he asked for what comes behind a
    position that was never reached, as after a database was restored. `is_far_behind`: what came last was read for him
    alone.
    """

    feed: Feed
    workspace_id: UUID
    stream: Stream
    followed: Followed
    position: int
    has_gap: bool = False
    is_far_behind: bool = False

    def leave(self) -> None:
        self.feed.leave(self.workspace_id)

    def parts(self) -> AsyncGenerator[bytes, None]:
        return self.feed.parts(self)


def _gap(position: int) -> bytes:
    return event(GAP, id_=str(position), name="gap")


def _text(each: Fed) -> bytes:
    return event(line_of(each.line).model_dump_json().encode(), id_=str(each.position))
