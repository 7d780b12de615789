"""What a transform costs on each of its paths, in microseconds per document, and what a neighbour waits for its own.

    python bench/transform.py [--rounds 7]

Times are of the whole calling process: for a worker also the event loop's share. The median round counts. The
neighbour asks for one transform after the other while another connector has 64 under way all the time.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

import msgspec
from jlens import Expression
from jsonata import Jsonata

from connector_executor.transform import Transformed, Transformer, Turn

MAPPING = """{"identity": identities[0].{"firstName": firstName, "lastName": lastName,
"fullName": firstName & " " & lastName, "address": address, "city": city, "state": state, "zip": zip,
"primaryPhone": phones[0].phone}, "data": {"householdIncomeMidpoint": identities[0].data.householdIncomeMidpoint,
"creditMidpoint": identities[0].data.creditMidpoint}}"""
IN_A_WORKER = f"($unused := $sum; {MAPPING})"
PERSON = {
    "firstName": "Ann",
    "lastName": "Lee",
    "address": "1 Main St",
    "city": "Springfield",
    "state": "IL",
    "zip": "62701",
    "phones": [{"phone": "+12175550100", "carrier": "x" * 120}, {"phone": "+12175550101"}],
    "emails": [{"email": "ann@example.com"}] * 4,
    "data": {"householdIncomeMidpoint": 75000, "creditMidpoint": 712} | {f"f{n}": n for n in range(30)},
}
DOCUMENT = {"identities": [PERSON], "meta": {"id": "abc", "count": 12}}
WIDE = {"identities": [PERSON | {"zip": 9007199254740993}]}
BODY = msgspec.json.encode(DOCUMENT)
WIDE_BODY = msgspec.json.encode(WIDE)


def measure(name: str, run: Callable[[], object], rounds: int, calls: int) -> None:
    report(name, [timed(run, calls) for _ in range(rounds)])


def timed(run: Callable[[], object], calls: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - started) / calls


async def measure_async(name: str, run: Callable[[], Awaitable[object]], rounds: int, at_once: int) -> None:
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        for _ in range(2000 // at_once):
            await asyncio.gather(*(run() for _ in range(at_once)))
        seconds.append((time.perf_counter() - started) / (2000 // at_once * at_once))
    report(name, seconds)


def report(name: str, seconds: list[float]) -> None:
    print(f"{name:58} {statistics.median(seconds) * 1e6:8.1f} µs   (best {min(seconds) * 1e6:.1f})")


SLOW = "$sum([1..500000].($ * 2))"
ENDLESS = "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(a+)+$/)"
GREEDY, NEIGHBOUR = Turn("greedy", "c"), Turn("other", "c")


async def measure_neighbour(name: str, expression: str, workers: int, asked: int = 60) -> None:
    """The greedy connector is new to the executor: its first transforms are timed with the neighbour waiting."""
    transformer = Transformer(workers=workers)
    await transformer.start()
    await transformer.evaluate(IN_A_WORKER, DOCUMENT, BODY, turn=NEIGHBOUR)

    async def ask_for_ever() -> None:
        while True:
            await transformer.evaluate(expression, {}, turn=GREEDY)

    greedy = [asyncio.create_task(ask_for_ever()) for _ in range(64)]
    waits = []
    for _ in range(asked):
        await asyncio.sleep(0.05)
        started = time.perf_counter()
        await transformer.evaluate(IN_A_WORKER, DOCUMENT, BODY, turn=NEIGHBOUR)
        waits.append(time.perf_counter() - started)
    for task in greedy:
        task.cancel()
    await asyncio.gather(*greedy, return_exceptions=True)
    await transformer.close()
    p50, worst = statistics.median(waits) * 1000, max(waits) * 1000
    print(f"{name:58} {p50:8.1f} ms   (worst of {asked}: {worst:.1f}; {workers} workers)")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print(f"mapping of {len(MAPPING)} characters, document of {len(BODY)} bytes")
    compiled, exact = Expression(MAPPING), Jsonata.jsonata(MAPPING)
    transformer = Transformer()
    await transformer.start()
    assert isinstance(transformer.try_fast(MAPPING, DOCUMENT), Transformed)
    measure("in process", lambda: transformer.try_fast(MAPPING, DOCUMENT), rounds, 5000)
    measure("in process, refused (needs a worker)", lambda: transformer.try_fast(IN_A_WORKER, DOCUMENT), rounds, 5000)
    measure("  jlens alone", lambda: compiled.evaluate(DOCUMENT), rounds, 5000)
    measure("  jsonata-python alone", lambda: exact.evaluate(DOCUMENT, {}), rounds, 300)
    for at_once in (1, 100):
        await measure_async(
            f"worker, jlens, {at_once} at once",
            lambda: transformer.evaluate(IN_A_WORKER, DOCUMENT, BODY),
            rounds,
            at_once,
        )
    await measure_async(
        "worker, jsonata-python (wide integer), 100 at once",
        lambda: transformer.evaluate(IN_A_WORKER, WIDE, WIDE_BODY),
        rounds,
        100,
    )
    await transformer.close()
    for workers in (1, 2):
        await measure_neighbour("neighbour of slow transforms", SLOW, workers)
        await measure_neighbour("neighbour of endless transforms", ENDLESS, workers)


if __name__ == "__main__":
    asyncio.run(main())
