"""Pages of dead letters: how far a page goes is bounded by what it holds and by what was looked at."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from connector_executor.dead_letters.letter import Cursor, Letter, LetterFilter
from connector_executor.dead_letters.log import LetterLog, Span, Spans

MOST_RECORDS: Final = 1000
MOST_BYTES: Final = 16 * 1024 * 1024
STRIDE: Final = 25
"""Offsets read at once: a dead letter may be 2 MiB."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A way through the topic, partition by partition. `start` is the first place looked at."""

    newest_first: bool = True
    start: Cursor | None = None
    most_letters: int = 50
    most_records: int = MOST_RECORDS
    most_bytes: int = MOST_BYTES


@dataclass(slots=True)
class Page:
    """`next` is where to go on; None when there is nothing further."""

    letters: list[Letter] = field(default_factory=list)
    next: Cursor | None = None


async def page(log: LetterLog, spans: Spans, wanted: LetterFilter, walk: Walk) -> Page:
    """Letters of `spans` that match. It may hold none and still have a `next`: then the bound was reached."""
    found, records, body_bytes = Page(), 0, 0
    for partition, span in strides(spans, walk):
        first = span.stop - 1 if walk.newest_first else span.start
        if records >= walk.most_records or body_bytes >= walk.most_bytes:
            found.next = Cursor(partition, first)
            return found
        letters = [Letter(record) for record in await log.read(partition, span)]
        for letter in reversed(letters) if walk.newest_first else letters:
            if not wanted.matches(letter):
                continue
            if len(found.letters) == walk.most_letters:
                found.next = letter.cursor
                return found
            found.letters.append(letter)
        records += len(span)
        body_bytes += sum(len(letter.value) for letter in letters)
    return found


def strides(spans: Spans, walk: Walk) -> Iterator[tuple[int, Span]]:
    """Short spans in the order of the walk, from its start on."""
    for partition in sorted(spans, reverse=walk.newest_first):
        left = _ahead(partition, spans[partition], walk)
        while len(left):
            if walk.newest_first:
                middle = max(left.start, left.stop - STRIDE)
                yield partition, Span(middle, left.stop)
                left = Span(left.start, middle)
            else:
                middle = min(left.stop, left.start + STRIDE)
                yield partition, Span(left.start, middle)
                left = Span(middle, left.stop)


def _ahead(partition: int, span: Span, walk: Walk) -> Span:
    """What of a partition is still to come."""
    if walk.start is None:
        return span
    if partition == walk.start.partition:
        if walk.newest_first:
            return Span(span.start, min(span.stop, walk.start.offset + 1))
        return Span(max(span.start, walk.start.offset), span.stop)
    passed = partition > walk.start.partition if walk.newest_first else partition < walk.start.partition
    return Span(span.start, span.start) if passed else span
