"""Writing to a lost connection is a connection error on uvloop, as it is for asyncio's own loop."""

import asyncio
import socket
from collections.abc import Callable

import pytest
import uvloop

from connectors_shared.runtime.lost_connections import report_as_connection_errors

Write = Callable[[asyncio.StreamWriter], None]


async def connected(use: Write, *, lost: bool) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        _, writer = await asyncio.open_connection(sock=ours)
        try:
            if lost:
                writer.transport.abort()
                await writer.wait_closed()
            use(writer)
        finally:
            writer.close()
            await writer.wait_closed()


@pytest.mark.parametrize("write", [lambda writer: writer.write(b"x"), lambda writer: writer.writelines([b"x"])])
def test_a_write_to_a_lost_connection_is_a_connection_error(write: Write) -> None:
    report_as_connection_errors()
    with pytest.raises(ConnectionResetError):
        uvloop.run(connected(write, lost=True))


def test_another_fault_of_the_caller_stays_what_it_is() -> None:
    def end_and_write(writer: asyncio.StreamWriter) -> None:
        writer.write_eof()
        writer.write(b"x")

    report_as_connection_errors()
    with pytest.raises(RuntimeError):
        uvloop.run(connected(end_and_write, lost=False))
