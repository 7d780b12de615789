"""TCP ports on loopback that nobody uses."""

import random
import socket
from collections.abc import Iterator
from typing import Final

LOOPBACK: Final = "127.0.0.1"
# Below the ephemeral ranges of Linux and macOS, so that no outgoing connection takes a port between our
# choosing it and the server's binding it, or while a failure test has the server down.
CHOICE: Final = range(20_000, 32_000)

_handed_out: set[int] = set()


def free_port(preferred: int | None = None) -> int:
    """`preferred` if it is free, else another. Never the same port twice in one process.

    Raises OSError when no port of the range is free.
    """
    for port in candidates(preferred):
        if port not in _handed_out and is_free(port):
            _handed_out.add(port)
            return port
    raise OSError("no free TCP port on loopback")


def release_port(port: int) -> None:
    _handed_out.discard(port)


def candidates(preferred: int | None) -> Iterator[int]:
    if preferred is not None:
        yield preferred
    yield from random.sample(CHOICE, len(CHOICE))


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: a port whose last connections linger in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
