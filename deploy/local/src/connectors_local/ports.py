"""TCP ports on loopback that nobody uses, and that no other process of ours has been promised.

Between its choice and the moment a server listens on it, and while a test has that server down, a port looks free to
everybody. So every process of this user locks the byte of its number in one file; the kernel frees what a process held.
"""

import fcntl
import os
import random
import socket
from collections.abc import Iterator
from functools import cache
from typing import Final

from connectors_local.folders import cache_folder

LOOPBACK: Final = "127.0.0.1"
# Below the ephemeral ranges of Linux and macOS, so that no outgoing connection takes a port between our
# choosing it and the server's binding it, or while a failure test has the server down.
CHOICE: Final = range(20_000, 32_000)

_handed_out: set[int] = set()


def free_port(preferred: int | None = None) -> int:
    """`preferred` if it is free, else another. Nobody else is given it until it is released, or this process ends.

    Raises OSError when no port of the range is free.
    """
    for port in candidates(preferred):
        if port not in _handed_out and promise(port):
            if is_free(port):
                _handed_out.add(port)
                return port
            withdraw(port)
    raise OSError("no free TCP port on loopback")


def release_port(port: int) -> None:
    if port in _handed_out:
        _handed_out.discard(port)
        withdraw(port)


def promise(port: int) -> bool:
    """False when another process has been promised it."""
    promised = promises(os.getpid())
    try:
        fcntl.lockf(promised, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except (BlockingIOError, PermissionError):
        return False
    return True


def withdraw(port: int) -> None:
    fcntl.lockf(promises(os.getpid()), fcntl.LOCK_UN, 1, port)


@cache
def promises(_pid: int) -> int:
    """The descriptor of the file, for the life of this process: closing it would free all that it holds."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return os.open(folder / "ports.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


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
