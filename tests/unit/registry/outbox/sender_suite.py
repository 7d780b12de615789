"""What every sender keeps: of several under one id only the last that took over adds anything to the topic."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from connector_registry.outbox.port import FencedError, OutboxRow, Sender

Committed = Callable[[], Awaitable[list[tuple[str, bytes | None]]]]
NewSender = Callable[[], Sender]


def a_row(number: int, key: str = "connector/a", *, topic: str = "t") -> OutboxRow:
    return OutboxRow(id=number, topic=topic, key=key, value=b"%d" % number, created_at=datetime.now(UTC))


class SenderSuite:
    """A subclass gives the fixtures `new_sender` (a replica's own), `committed` (what readers see) and `topic`."""

    async def test_what_is_sent_is_committed_in_order(
        self, new_sender: NewSender, committed: Committed, topic: str
    ) -> None:
        sender = new_sender()
        await sender.connect()
        await sender.take_over()
        await sender.send([a_row(number, topic=topic) for number in (1, 2)])
        await sender.send([a_row(3, "connector/b", topic=topic)])
        assert await committed() == [("connector/a", b"1"), ("connector/a", b"2"), ("connector/b", b"3")]

    async def test_who_has_not_taken_over_sends_nothing(
        self, new_sender: NewSender, committed: Committed, topic: str
    ) -> None:
        sender = new_sender()
        await sender.connect()
        with pytest.raises(FencedError):
            await sender.send([a_row(1, topic=topic)])
        assert await committed() == []

    async def test_who_was_fenced_sends_nothing_until_it_takes_over_again(
        self, new_sender: NewSender, committed: Committed, topic: str
    ) -> None:
        first, second = new_sender(), new_sender()
        await first.take_over()
        await first.send([a_row(1, topic=topic)])
        await second.take_over()
        with pytest.raises(FencedError):
            await first.send([a_row(1, topic=topic)])
        await second.send([a_row(2, topic=topic)])
        with pytest.raises(FencedError):
            await first.send([a_row(1, topic=topic)])
        await first.take_over()
        await first.send([a_row(3, topic=topic)])
        assert await committed() == [("connector/a", b"%d" % number) for number in (1, 2, 3)]

    async def test_taking_over_again_changes_nothing(
        self, new_sender: NewSender, committed: Committed, topic: str
    ) -> None:
        sender = new_sender()
        for number in (1, 2):
            await sender.take_over()
            await sender.send([a_row(number, topic=topic)])
        assert await committed() == [("connector/a", b"1"), ("connector/a", b"2")]
