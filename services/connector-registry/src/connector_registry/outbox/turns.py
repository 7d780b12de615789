"""The steps in which one replica of several sends what waits. Their order is what keeps the order of the topic.

A replica that takes over fences all others first, and reads after that what waits, in a turn that it still has. So all
that the others may have added is older than what it reads, and they add nothing later: a producer that was given up,
frozen or forgotten can never put an older row behind a newer one. Rows may come twice, in order.
"""

from connector_registry.outbox.port import BatchSize, FencedError, Outbox, OutboxRow, Sender, TooLargeError, Turn
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)


async def send_oldest(outbox: Outbox, sender: Sender, size: BatchSize) -> list[OutboxRow]:
    """The oldest rows, which are in Kafka now and forgotten; none when nothing waits. What it raises leaves them.

    A single row that Kafka will never take is set aside, and the next ones go; among several it is TooLargeError.
    """
    while True:
        async with outbox.turn() as turn:
            rows = await turn.oldest(size)
            try:
                if rows:
                    rows = await _delivered(turn, sender, rows, size)
                    await turn.forget(rows)
                return rows
            except TooLargeError as refusal:
                await _set_aside(turn, refusal)


async def _set_aside(turn: Turn, refusal: TooLargeError) -> None:
    if len(refusal.rows) > 1:
        raise refusal
    [row] = refusal.rows
    await turn.set_aside(row)
    log.error("outbox.set_aside", key=row.key, topic=row.topic, value_bytes=len(row.value or b""))


async def _delivered(turn: Turn, sender: Sender, rows: list[OutboxRow], size: BatchSize) -> list[OutboxRow]:
    try:
        await sender.send(rows)
    except FencedError:
        await turn.oldest(size)  # A replica that has lost the turn must not fence the one that has it.
        await sender.take_over()
        rows = await turn.oldest(size)
        await sender.send(rows)
    return rows
