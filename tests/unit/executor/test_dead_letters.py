"""Pages over the in-memory twin, what a letter says about itself, and which letters a filter means."""

from itertools import chain
from uuid import UUID

import pytest

from connector_executor.dead_letters.letter import Cursor, Identity, Letter, LetterFilter
from connector_executor.dead_letters.paging import STRIDE, Walk
from connectors_shared.contract.failure import DeadReason
from tests.unit.executor.dead_letters import (
    CONNECTOR,
    OTHER,
    WORKSPACE,
    InMemoryDeadLetterTopic,
    Message,
    a_dead,
    a_record,
    an_event,
)
from tests.unit.executor.letter_log_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.executor.letter_log_suite import look, values, walked

NOBODY = LetterFilter(DeadReason.EMPTY)


@pytest.fixture
def dead_topic() -> InMemoryDeadLetterTopic:
    return InMemoryDeadLetterTopic()


def letter_of(message: Message) -> Letter:
    return Letter(a_record(message, 0, 41))


@pytest.mark.parametrize("text", ["", "41", "0:", ":1", "0:-1", "a:b", "0:1:2", "0:1\n", " 0:1", "0:" + "9" * 19])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="partition:offset"):
        Cursor.parse(text)


def test_a_cursor_is_written_as_it_is_read() -> None:
    assert str(Cursor.parse("3:41")) == "3:41"
    assert Cursor.parse("3:41") == Cursor(3, 41)


@pytest.mark.parametrize(
    ("value", "connector"),
    [
        (an_event(1), CONNECTOR),
        (b"", None),
        (b"{", None),
        (b"[]", None),
        (b'{"connectorId": 5}', None),
        (b'{"connectorId": "5"}', None),
        (b'{"connectorId": "\xff"}', None),
        (b'{"x": ' + b"[" * 100_000, None),
    ],
)
def test_a_letter_names_its_connector_when_its_bytes_do(value: bytes, connector: UUID | None) -> None:
    assert Identity.of(value).connector_id == connector


def test_what_can_be_read_is_told_beside_what_cannot() -> None:
    found = Identity.of(b'{"executionId": "no", "workspaceId": "%s"}' % str(WORKSPACE).encode())
    assert found == Identity(None, None, WORKSPACE)


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        (LetterFilter(), True),
        (LetterFilter(DeadReason.UNKNOWN_CONNECTOR, CONNECTOR, WORKSPACE), True),
        (LetterFilter(reason=DeadReason.EMPTY), False),
        (LetterFilter(connector_id=OTHER), False),
        (LetterFilter(DeadReason.UNKNOWN_CONNECTOR, CONNECTOR, OTHER), False),
    ],
)
def test_every_part_of_a_filter_must_fit(wanted: LetterFilter, matches: bool) -> None:
    assert wanted.matches(letter_of(a_dead(an_event(1), DeadReason.UNKNOWN_CONNECTOR))) is matches


def test_a_message_of_somebody_else_is_shown_but_has_no_reason() -> None:
    letter = letter_of(Message(b"x", [("dead-reason", b"a_word_of_tomorrow")]))
    assert letter.death is None
    assert LetterFilter().matches(letter)
    assert not LetterFilter(reason=DeadReason.NOT_JSON).matches(letter)


async def test_gaps_and_expired_letters_are_passed(dead_topic: InMemoryDeadLetterTopic) -> None:
    await dead_topic.add(a_dead(b"gone"), a_dead(b"1"))
    dead_topic.gap(3 * STRIDE)
    await dead_topic.add(a_dead(b"2"))
    dead_topic.gap(1)
    dead_topic.expire(1)
    for newest_first, expected in ((True, [b"2", b"1"]), (False, [b"1", b"2"])):
        pages = await walked(dead_topic, newest_first=newest_first, most_letters=1)
        assert list(chain(*pages)) == expected


@pytest.mark.parametrize("newest_first", [True, False])
async def test_a_request_looks_at_a_bounded_part_and_says_where_to_go_on(
    dead_topic: InMemoryDeadLetterTopic, newest_first: bool
) -> None:
    await dead_topic.add(*[a_dead(b"%d" % number) for number in range(10 * STRIDE)])
    first = await look(dead_topic, Walk(newest_first, most_records=2 * STRIDE), NOBODY)
    assert first.letters == []
    assert len(dead_topic.looked_at) == 2 * STRIDE
    assert first.next == Cursor(0, 8 * STRIDE - 1 if newest_first else 2 * STRIDE)
    dead_topic.looked_at.clear()
    assert (await look(dead_topic, Walk(newest_first, first.next), NOBODY)).next is None
    assert len(dead_topic.looked_at) == 8 * STRIDE


async def test_large_letters_end_a_page_early(dead_topic: InMemoryDeadLetterTopic) -> None:
    await dead_topic.add(*[a_dead(b"x" * 100) for _ in range(2 * STRIDE)])
    found = await look(dead_topic, Walk(most_letters=200, most_bytes=1000))
    assert len(found.letters) == STRIDE
    assert found.next == Cursor(0, STRIDE - 1)


async def test_a_walk_from_a_place_that_has_expired_goes_on_with_what_is_left(
    dead_topic: InMemoryDeadLetterTopic,
) -> None:
    await dead_topic.add(*[a_dead(b"%d" % number) for number in range(5)])
    dead_topic.expire(3)
    assert values((await look(dead_topic, Walk(False, Cursor(0, 1)))).letters) == [b"3", b"4"]
    assert values((await look(dead_topic, Walk(True, Cursor(0, 1)))).letters) == []
    assert values((await look(dead_topic, Walk(True, Cursor(0, 99)))).letters) == [b"4", b"3"]
