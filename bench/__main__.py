"""`make bench`: the executor with every promise on, against the bare loop, in one run on one machine.

Both read the same number of the same messages, call the same upstream with the same number in flight, and publish
results; the figure is CPU time of the process per execution, from the first result to the last.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from bench.scenario import Figures, Scenario, scenario_servers


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000, help="executions per run (default: 10000)")
    parser.add_argument("--latency-ms", type=float, nargs="+", default=[50.0, 5.0], help="of the upstream")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, alternating; the median counts")
    arguments = parser.parse_args()
    asyncio.run(run(arguments.messages, arguments.latency_ms, arguments.rounds))


async def run(messages: int, latencies_ms: list[float], rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="connectors-bench-") as folder:
        async with scenario_servers(Path(folder)) as servers:
            for latency_ms in latencies_ms:
                scenario = Scenario(servers, messages=messages, latency_ms=latency_ms)
                pairs = [(await scenario.bare_loop(), await scenario.executor()) for _ in range(rounds)]
                report(latency_ms, pairs)


def report(latency_ms: float, pairs: list[tuple[Figures, Figures]]) -> None:
    bare = sorted(pairs, key=lambda pair: pair[0].cpu_us)[len(pairs) // 2][0]
    ours = sorted(pairs, key=lambda pair: pair[1].cpu_us)[len(pairs) // 2][1]
    ratios = sorted(executor.cpu_us / loop.cpu_us for loop, executor in pairs)
    print(f"upstream {latency_ms:g} ms, medians of {len(pairs)} alternating runs")
    print(f"  bare loop {bare}")
    print(f"  executor  {ours}")
    print(f"  ratio of CPU per execution {ratios[len(ratios) // 2]:.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
