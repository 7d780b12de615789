"""An upstream of the sender without a network: connections whose other end the test holds."""

import asyncio
from typing import Any

from connectors_shared.egress.connection import Connection
from connectors_shared.egress.destinations import Destination
from connectors_shared.egress.dialling import Dialler, OnLost
from connectors_shared.egress.watch import Watch


class Wire(asyncio.Transport):
    """What the upstream has of one connection: the requests that it got, and how far it has answered the last."""

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: Connection) -> None:
        super().__init__()
        self.loop = loop
        self.connection = connection
        self.requests: list[str] = []
        self.unsent = b""
        self.is_lost = self.was_aborted = self.is_paused = False
        self.unsent_bytes = 0
        self.gone = asyncio.Event()
        self._looks_left = -1

    def write(self, data: Any) -> None:
        assert not self.unsent, "a request was sent before the answer to the one before it had come"
        self.requests.append(bytes(data).split()[1].decode())

    def is_closing(self) -> bool:
        if self._looks_left == 0:
            self.abort()
        self._looks_left -= 1
        return self.is_lost

    def closes_after_looks(self, looks: int) -> None:
        """Who asks so often finds it open, and it is closed right afterwards."""
        self._looks_left = looks

    def get_write_buffer_size(self) -> int:
        return self.unsent_bytes

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def abort(self) -> None:
        self.was_aborted = True
        self.lose(None)

    def close(self) -> None:
        self.lose(None)

    def lose(self, error: Exception | None, *, cleanly: bool = False) -> None:
        if not self.is_lost:
            self.is_lost = True
            self.gone.set()
            if cleanly:
                self.connection.eof_received()
            self.loop.call_soon(self.connection.connection_lost, error)

    def receive(self, data: bytes) -> None:
        if not self.is_lost:
            self.connection.data_received(data)


class Wires(Dialler):
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.all: list[Wire] = []

    async def dial(self, destination: Destination, watch: Watch | None, on_lost: OnLost) -> Connection:
        await asyncio.sleep(0)
        connection = Connection(destination, self.loop, on_lost)
        wire = Wire(self.loop, connection)
        connection.connection_made(wire)
        self.all.append(wire)
        return connection
