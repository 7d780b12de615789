"""The upstream of the measurements: one fixed answer of about a kilobyte after a fixed time, from raw asyncio."""

import asyncio
import sys
from typing import cast

import orjson
import uvloop

IDENTITY = {
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
BODY = orjson.dumps({"identities": [IDENTITY]})
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


class Answering(asyncio.Protocol):
    """Answers every request head it sees; requests carry no body here."""

    latency_seconds = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._loop = asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        for _ in range(data.count(b"\r\n\r\n")):
            self._loop.call_later(self.latency_seconds, self._answer)

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(ANSWER)


async def main(port: int, latency_ms: float) -> None:
    Answering.latency_seconds = latency_ms / 1000
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), float(sys.argv[2])))
