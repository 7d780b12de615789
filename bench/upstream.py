"""The upstream of the measurements, from raw asyncio so that it is never what is measured.

    GET /people…                 a person, about a kilobyte, after the fixed time
    GET /many/{n}…               so many of them, after the fixed time
    GET /closing…                a person after the fixed time, and the connection ends with the answer
    GET /handshakes              [of TLS in full, of TLS with a session that was known]
    GET /hang/{seconds}          the same after so long
    GET /fail                    500, after the fixed time
    GET /limited                 429 beyond the quota in any second; headers as strict APIs send them
    GET /limited/quota/{n}       changes the quota; answers when, in seconds of the history
    GET /limited/history         [[seconds since the first call, status], …] of every call of /limited

Every answer says in `tookUs` how long it was under way here, so that a latency can be given without it.
"""

import asyncio
import ssl
import sys
import time
from functools import lru_cache
from typing import ClassVar, cast

import orjson
import uvloop

from connectors_local.demo.pretend_api.limiter import SlidingWindow

PERSON = {
    "id": 1151844973,
    "firstName": "Jose",
    "lastName": "Tayzon",
    "address": "1461 Indian Well Dr",
    "city": "Diamond Bar",
    "state": "CA",
    "zip": "91765",
    "phones": [{"phone": 6266958105, "type": "mobile", "rank": rank} for rank in range(6)],
    "emails": [{"email": f"jose{rank}@example.com", "rank": rank} for rank in range(6)],
    "data": {"householdIncomeMidpoint": 187500, "creditMidpoint": 775},
}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"


@lru_cache
def people(count: int, lines: bytes = b"") -> bytes:
    """The answer, with `lines` in its head, and a place for the microseconds."""
    body = b'{"identities":[%s],"tookUs":%%9d}' % b",".join([orjson.dumps(PERSON)] * count)
    return HEAD % len(body % 0) + lines + b"\r\n" + body


PEOPLE = people(1)
CLOSING = people(1, b"Connection: close\r\n")
FAILURE = b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
END_OF_HEAD = b"\r\n\r\n"


class Limited:
    """The limited endpoint: a strict sliding window of one second, and what reached it."""

    def __init__(self, quota: int) -> None:
        self._quota = quota
        self._window = SlidingWindow(time.monotonic)
        self._began: float | None = None
        self._history: list[tuple[float, int]] = []

    def call(self) -> tuple[int, bytes]:
        """The status and the head's further lines."""
        verdict = self._window.admit(self._quota)
        status = 200 if verdict.allowed else 429
        self._history.append((self._now(), status))
        lines = [f"{name}: {value}\r\n" for name, value in verdict.headers(time.time()).items()]
        return status, "".join(lines).encode()

    def control(self, path: str) -> bytes:
        if path.startswith("/limited/quota/"):
            self._quota = int(path.rpartition("/")[2])
            return orjson.dumps(self._now())
        return orjson.dumps(self._history)

    def _now(self) -> float:
        if self._began is None:
            self._began = time.monotonic()
        return time.monotonic() - self._began


class Answering(asyncio.Protocol):
    """One connection. Requests carry no body, and clients here do not pipeline."""

    latency_seconds = 0.0
    handshakes: ClassVar[list[int]] = [0, 0]
    limited = Limited(10)

    def __init__(self) -> None:
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._loop = asyncio.get_running_loop()
        tls = self._transport.get_extra_info("ssl_object")
        if tls is not None:
            self.handshakes[bool(tls.session_reused)] += 1

    def data_received(self, data: bytes) -> None:
        data = self._unread + data
        if not data.endswith(END_OF_HEAD):
            self._unread = data
            return
        self._unread = b""
        path = data[4 : data.index(b" ", 4)].decode()
        if path.startswith("/people"):
            self._later(self.latency_seconds, PEOPLE)
        else:
            self._answer_other(path)

    def _answer_other(self, path: str) -> None:
        if path.startswith("/hang/"):
            self._later(float(path.split("/")[2].partition("?")[0]), PEOPLE)
        elif path.startswith("/many/"):
            self._later(self.latency_seconds, people(int(path.split("/")[2].partition("?")[0])))
        elif path.startswith("/closing"):
            self._later(self.latency_seconds, CLOSING)
        elif path == "/handshakes":
            body = orjson.dumps(self.handshakes)
            self._write(HEAD % len(body) + b"\r\n" + body)
        elif path.startswith("/fail"):
            self._loop.call_later(self.latency_seconds, self._write, FAILURE)
        elif path.startswith("/limited/"):
            body = self.limited.control(path)
            self._write(HEAD % len(body) + b"\r\n" + body)
        elif path.startswith("/limited"):
            self._answer_limited()
        else:
            self._write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    def _answer_limited(self) -> None:
        status, lines = self.limited.call()
        if status == 200:
            head, _, body = PEOPLE.partition(b"\r\n\r\n")
            self._later(self.latency_seconds, head + b"\r\n" + lines.replace(b"%", b"%%") + b"\r\n" + body)
        else:
            self._write(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n" + lines + b"\r\n")

    def _later(self, seconds: float, answer: bytes) -> None:
        self._loop.call_later(seconds, self._answer, answer, time.perf_counter())

    def _answer(self, answer: bytes, began: float) -> None:
        self._write(answer % round((time.perf_counter() - began) * 1e6))
        if answer is CLOSING:
            self._transport.close()

    def _write(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


async def main(port: int, latency_ms: float, certificate: str = "") -> None:
    """`certificate`: a file with it and its key; then everything is over TLS."""
    Answering.latency_seconds = latency_ms / 1000
    tls = None
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", port, backlog=1024, ssl=tls)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), float(sys.argv[2]), *sys.argv[3:]))
