"""What an operator may do: look at dead letters, replay some of them, replay all that match."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from connector_executor.dead_letters.letter import Cursor, Letter, LetterFilter
from connector_executor.dead_letters.log import LetterLog, OpenLog, Span, Spans
from connector_executor.dead_letters.paging import Page, Walk, page
from connector_executor.dead_letters.replay import Replays
from connector_executor.metrics import ExecutorMetrics
from connectors_shared.contract.dead import LetterKind
from connectors_shared.runtime.logging import get_logger

REPLAYED_AT_ONCE: Final = 500
ANY: Final = LetterFilter()

log = get_logger(__name__)


class NoSuchLettersError(Exception):
    """Nothing was replayed, because there is no letter at `missing`."""

    def __init__(self, missing: list[Cursor]) -> None:
        super().__init__(f"no dead letter at {', '.join(map(str, missing))}")
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Replayed:
    """`next` is where to go on, None at the end; `until`, one place per partition, is where the replay ends.

    Asked again with both, a replay leaves out the letters that were written after it began.
    """

    count: int
    next: Cursor | None
    until: tuple[Cursor, ...]


class DeadLetterService:
    """For one kind of letters. Raises LettersAwayError when Kafka does not answer, ReplayError when it does not take
    what is replayed."""

    def __init__(self, kind: LetterKind, open_log: OpenLog, replays: Replays, metrics: ExecutorMetrics) -> None:
        self._kind = kind
        self._open_log = open_log
        self._replays = replays
        self._metrics = metrics

    async def look(self, wanted: LetterFilter, walk: Walk) -> Page:
        async with self._open_log() as letters:
            return await page(letters, await letters.spans(), wanted, walk)

    async def find(self, cursors: Sequence[Cursor], wanted: LetterFilter) -> list[Letter]:
        """Those of them that are there and match."""
        return [letter for letter in (await self._at(cursors, wanted)).values() if letter is not None]

    async def replay(self, cursors: Sequence[Cursor], wanted: LetterFilter = ANY) -> int:
        """All of them or, when one does not exist or match, none: raises NoSuchLettersError."""
        found = await self._at(cursors, wanted)
        if missing := [cursor for cursor, letter in found.items() if letter is None]:
            raise NoSuchLettersError(missing)
        return await self._publish([letter for letter in found.values() if letter is not None])

    async def replay_matching(
        self, wanted: LetterFilter, start: Cursor | None = None, until: Sequence[Cursor] = ()
    ) -> Replayed:
        """The next of those that match, oldest first; without `until`, up to what the topic holds now."""
        async with self._open_log() as letters:
            spans = await letters.spans()
            if until:
                spans = _ended(spans, until)
            walk = Walk(newest_first=False, start=start, most_letters=REPLAYED_AT_ONCE)
            found = await page(letters, spans, wanted, walk)
        ends = tuple(Cursor(partition, span.stop) for partition, span in spans.items())
        return Replayed(await self._publish(found.letters), found.next, ends)

    async def _at(self, cursors: Sequence[Cursor], wanted: LetterFilter) -> dict[Cursor, Letter | None]:
        async with self._open_log() as letters:
            spans = await letters.spans()
            return {cursor: await _letter_at(letters, spans, cursor, wanted) for cursor in dict.fromkeys(cursors)}

    async def _publish(self, letters: Sequence[Letter]) -> int:
        if letters:
            await self._replays.publish(letters)
            self._metrics.replayed.labels(self._kind.value).inc(len(letters))
            first, last = letters[0].place, letters[-1].place
            log.info("dead_letters.replayed", kind=self._kind.value, count=len(letters), first=first, last=last)
        return len(letters)


async def _letter_at(log: LetterLog, spans: Spans, cursor: Cursor, wanted: LetterFilter) -> Letter | None:
    if cursor.offset not in spans.get(cursor.partition, Span(0, 0)):
        return None
    records = await log.read(cursor.partition, Span(cursor.offset, cursor.offset + 1))
    letter = Letter(records[0]) if records else None
    return letter if letter and wanted.matches(letter) else None


def _ended(spans: Spans, until: Sequence[Cursor]) -> Spans:
    """A partition that `until` does not name has been added since: all its letters are newer."""
    ends = {cursor.partition: cursor.offset for cursor in until}
    return {number: Span(span.start, min(span.stop, ends[number])) for number, span in spans.items() if number in ends}
