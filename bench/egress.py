"""CPU per request of the executor's sender against a bare aiohttp loop, and their ratio.

One process, uvloop, 256 requests in flight, an upstream in another process (on another core where there is
one) that answers after 50 ms. Both sides send the same request; rounds alternate, and the median counts.

    python -m bench.egress [--requests 6000] [--rounds 5] [--profile]
"""

import argparse
import asyncio
import cProfile
import multiprocessing
import os
import pstats
import statistics
import time
from collections.abc import Awaitable, Callable
from multiprocessing.queues import Queue
from typing import cast

import aiohttp
import uvloop

from connectors_shared.egress import AddressGuard, HttpRequest, HttpResponse, LlhttpSender, parse_grants

IN_FLIGHT = 256
LATENCY_SECONDS = 0.05
HEADERS = {"Authorization": "Bearer 0123456789abcdef", "Accept": "application/json", "X-Request": "1"}
BODY = (
    b'{"identity":{"firstName":"Ada","lastName":"Lovelace","phones":[{"phone":"+15550100"}]},'
    b'"income":120000,"creditScore":712,"notes":"' + b"x" * 150 + b'"}'
)
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nServer: pretend\r\nX-RateLimit-Remaining: 99\r\n"
    b"Date: Tue, 01 Jan 2030 00:00:00 GMT\r\nContent-Length: %d\r\n\r\n" % len(BODY)
) + BODY

Request = Callable[[int], Awaitable[None]]


class Upstream(asyncio.Protocol):
    """Answers every read after the latency; requests are small enough to come in one read."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(LATENCY_SECONDS, self.answer)

    def answer(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(ANSWER)


def pin(core: int) -> None:
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[core % len(cores)]})


def serve(ports: "Queue[int]") -> None:
    pin(1)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Upstream, "127.0.0.1", 0, backlog=1024)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(run())


async def drive(request: Request, count: int) -> float:
    """CPU microseconds per request of this process."""
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await request(number)

    started = time.process_time()
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return (time.process_time() - started) / count * 1e6


def bare_request(session: aiohttp.ClientSession, base: str) -> Request:
    async def request(number: int) -> None:
        async with session.request("GET", f"{base}/lookup?phone=%2B1555{number:07d}", headers=HEADERS) as answer:
            assert len(await answer.read()) == len(BODY)

    return request


def sender_request(sender: LlhttpSender, base: str) -> Request:
    headers = tuple(HEADERS.items())

    async def request(number: int) -> None:
        answer = await sender.send(HttpRequest("GET", f"{base}/lookup?phone=%2B1555{number:07d}", headers))
        assert isinstance(answer, HttpResponse), answer
        assert len(answer.body) == len(BODY)

    return request


async def measure(port: int, count: int, rounds: int, profile: bool) -> None:
    base = f"http://127.0.0.1:{port}"
    guard = AddressGuard(grants=parse_grants(f"127.0.0.1:{port}"))
    sender = LlhttpSender(guard)
    await sender.start()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1000)) as session:
        bare, ours = bare_request(session, base), sender_request(sender, base)
        for request in (bare, ours):
            await drive(request, IN_FLIGHT * 2)
        pairs = [(await drive(bare, count), await drive(ours, count)) for _ in range(rounds)]
        report(pairs)
        if profile:
            with cProfile.Profile() as profiler:
                await drive(ours, count)
            pstats.Stats(profiler).sort_stats("tottime").print_stats(25)
    await sender.close()
    await guard.close()


def report(pairs: list[tuple[float, float]]) -> None:
    bare, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    for index, (bare_us, ours_us) in enumerate(pairs, 1):
        print(f"round {index}: bare {bare_us:6.1f} µs   sender {ours_us:6.1f} µs   {ours_us / bare_us:.2f}×")
    print(f"egress: bare {bare:.1f} µs, sender {ours:.1f} µs CPU per request, ratio {ours / bare:.2f}×")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    ports: Queue[int] = multiprocessing.Queue()
    upstream = multiprocessing.Process(target=serve, args=(ports,))
    upstream.start()
    try:
        pin(0)
        uvloop.run(measure(ports.get(timeout=10), options.requests, options.rounds, options.profile))
    finally:
        upstream.terminate()
        upstream.join()


if __name__ == "__main__":
    main()
