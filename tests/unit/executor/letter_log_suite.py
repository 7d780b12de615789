"""What every log of dead letters must do; run against the in-memory twin and against real Kafka."""

from itertools import chain

from connector_executor.dead_letters.letter import Cursor, Letter, LetterFilter
from connector_executor.dead_letters.log import Span
from connector_executor.dead_letters.paging import STRIDE, Page, Walk, page
from connectors_shared.contract.failure import DeadReason
from tests.unit.executor.dead_letters import DeadLetterTopic, a_dead, an_event

ANY = LetterFilter()


async def look(dead_topic: DeadLetterTopic, walk: Walk, wanted: LetterFilter = ANY) -> Page:
    async with dead_topic.open_log() as log:
        return await page(log, await log.spans(), wanted, walk)


def values(letters: list[Letter]) -> list[bytes]:
    return [letter.value for letter in letters]


async def walked(dead_topic: DeadLetterTopic, *, newest_first: bool, most_letters: int) -> list[list[bytes]]:
    """The pages of a walk from its beginning to its end."""
    pages: list[list[bytes]] = []
    start: Cursor | None = None
    while True:
        found = await look(dead_topic, Walk(newest_first, start, most_letters))
        pages.append(values(found.letters))
        if found.next is None:
            return pages
        start = found.next


async def test_an_empty_topic_has_nothing(dead_topic: DeadLetterTopic) -> None:
    for newest_first in (True, False):
        assert await look(dead_topic, Walk(newest_first)) == Page([], None)


async def test_spans_say_where_every_partition_ends(dead_topic: DeadLetterTopic) -> None:
    await dead_topic.add(a_dead(), a_dead())
    async with dead_topic.open_log() as log:
        assert await log.spans() == {0: Span(0, 2), 1: Span(0, 0)}


async def test_a_span_is_read_in_order_and_no_further(dead_topic: DeadLetterTopic) -> None:
    await dead_topic.add(*[a_dead(b"%d" % number) for number in range(60)])
    async with dead_topic.open_log() as log:
        for span in (Span(10, 40), Span(0, 1), Span(59, 60), Span(40, 59), Span(5, 5)):
            records = await log.read(0, span)
            assert [record.offset for record in records] == list(range(span.start, span.stop))
            assert [record.value for record in records] == [b"%d" % offset for offset in range(span.start, span.stop)]


async def test_key_value_and_headers_come_back_as_they_were_written(dead_topic: DeadLetterTopic) -> None:
    message = a_dead(b"\xff\x00")
    await dead_topic.add(message)
    [letter] = (await look(dead_topic, Walk())).letters
    assert (letter.record.key, letter.value) == (message.key, message.value)
    assert list(letter.record.headers) == message.headers
    assert letter.cursor == Cursor(0, 0)


async def test_pages_hold_every_letter_once_in_either_order(dead_topic: DeadLetterTopic) -> None:
    first = [b"a%d" % number for number in range(2 * STRIDE + 3)]
    second = [b"b%d" % number for number in range(4)]
    await dead_topic.add(*map(a_dead, first))
    await dead_topic.add(*map(a_dead, second), partition=1)
    together = first + second

    oldest = await walked(dead_topic, newest_first=False, most_letters=10)
    newest = await walked(dead_topic, newest_first=True, most_letters=10)

    assert list(chain(*oldest)) == together
    assert list(chain(*newest)) == together[::-1]
    assert {len(letters) for letters in (*oldest[:-1], *newest[:-1])} == {10}


async def test_a_page_that_is_exactly_full_is_the_last(dead_topic: DeadLetterTopic) -> None:
    await dead_topic.add(a_dead(b"1"), a_dead(b"2"))
    found = await look(dead_topic, Walk(most_letters=2))
    assert (values(found.letters), found.next) == ([b"2", b"1"], None)


async def test_only_letters_that_match_are_shown(dead_topic: DeadLetterTopic) -> None:
    await dead_topic.add(
        a_dead(b"{"),
        a_dead(an_event(1), DeadReason.UNKNOWN_CONNECTOR),
        a_dead(an_event(2), DeadReason.BACKLOG_FULL),
    )
    wanted = LetterFilter(reason=DeadReason.UNKNOWN_CONNECTOR)
    assert values((await look(dead_topic, Walk(), wanted)).letters) == [an_event(1)]
    assert values((await look(dead_topic, Walk(), LetterFilter(DeadReason.EMPTY))).letters) == []
