"""Commands to Redis are the same bytes as redis-py's own."""

import pytest
from redis.asyncio.connection import Connection, SSLConnection, UnixDomainSocketConnection

from connector_executor.admission.server import open_redis

COMMANDS = [
    ("PING",),
    ("CLIENT SETINFO", "LIB-NAME", "x"),
    ("EVALSHA", "a" * 40, 2, "x:{1}:é", "", b"\x00\xff\r\n", 7, 1.5),
    ("EVALSHA", "a" * 40, 1, "key", b"x" * 100_000),
    (b"GET", b"key"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_they_are_the_bytes_of_the_library(command: tuple[object, ...]) -> None:
    ours = open_redis("redis://127.0.0.1:1/0").connection_pool.make_connection()
    assert b"".join(ours.pack_command(*command)) == b"".join(Connection().pack_command(*command))


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("redis://127.0.0.1:1/0", Connection),
        ("rediss://127.0.0.1:1/0", SSLConnection),
        ("unix:///tmp/nowhere.sock", UnixDomainSocketConnection),
    ],
)
def test_it_is_the_connection_that_the_address_asks_for(url: str, kind: type) -> None:
    connection = open_redis(url).connection_pool.make_connection()
    assert isinstance(connection, kind)
    assert connection.pack_command("PING") == [b"*1\r\n$4\r\nPING\r\n"]
