"""What every sender keeps: of several under one id only the last that took over adds anything to the topic."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from connector_registry.outbox.port import FencedError, OutboxRow, Sender, TooLargeError
from connectors_shared.contract.topics import CONFIG

Committed = Callable[[], Awaitable[list[tuple[str, bytes | None]]]]
NewSender = Callable[[], Sender]


def a_row(number: int, key: str = "connector/a", *, topic: str = "t", value: bytes | None = None) -> OutboxRow:
    value = b"%d" % number if value is None else value
    return OutboxRow(id=number, topic=topic, key=key, value=value, created_at=datetime.now(UTC))


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

    @pytest.mark.parametrize("bytes_too_many", [1, 2 * CONFIG.record_bytes], ids=["for the broker", "for the client"])
    async def test_what_is_too_large_is_told_as_that_and_nothing_beside_it_is_sent(
        self, new_sender: NewSender, committed: Committed, topic: str, bytes_too_many: int
    ) -> None:
        sender = new_sender()
        await sender.take_over()
        large = a_row(2, "credential/large", topic=topic, value=b"x" * (CONFIG.record_bytes + bytes_too_many))
        with pytest.raises(TooLargeError, match="credential/large") as refusal:
            await sender.send([a_row(1, topic=topic), large])
        assert [row.id for row in refusal.value.rows] == [1, 2]
        await sender.take_over()
        await sender.send([a_row(3, topic=topic, value=b"x" * CONFIG.largest)])
        assert [len(value or b"") for _, value in await committed()] == [CONFIG.largest]
