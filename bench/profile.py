"""`python -m bench.profile`: where the CPU time of one execution goes, by stage and by function.

The executor of `python -m bench`, under the same load, with `bench.sampler` looking on. The sampler itself costs a
few percent, so compare its shares, and take the sum from `python -m bench`.
"""

import argparse
import asyncio
import os
import re
import signal
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from uuid import UUID

from bench.cost import Cost
from bench.definitions import many_connectors
from bench.scenario import IN_FLIGHT, WARM_UP, Scenario, open_scenario
from bench.servers import open_servers
from bench.traffic import spread_over
from connectors_local.processes import ChildProcess
from connectors_shared.contract.topics import RESULT

STAGES = {
    "log line": r"structlog/|runtime/(log|fast_events)",
    "metrics": r"prometheus_client/|executor/(metrics|counting)",
    "decode": r"inbound/decode",
    "encode": r"executor/(outcome|result)\.py",
    "admission": r"redis/|executor/admission/",
    "validate": r"stages/validate",
    "render and authorize": r"stages/(render|authorize)|connectors/plan|shared/definition/",
    "classify": r"stages/classify|policies/",
    "transform": r"stages/(transform|body)|executor/transform/",
    "send": r"connectors_shared/egress/|httptools/|multidict/",
    "produce": r"aiokafka/producer|aiokafka/(partitioner|record)|runtime/(outgoing|partitioning)",
    "consume": r"aiokafka/consumer|faststream/|runtime/intake|anyio/",
    "Kafka connection": r"aiokafka/",
    "intake and offsets": r"executor/inbound/|scheduling/offsets",
    "finisher": r"executor/finisher",
    "scheduling": r"executor/scheduling",
    "caller": r"executor/(caller|execution)",
}
"""By the innermost function on the stack that belongs to one of them."""
PATTERNS = {stage: re.compile(pattern) for stage, pattern in STAGES.items()}
DRAIN_SECONDS = 2.0
ELSEWHERE = "event loop and the rest"
BURST = 5_000
"""At once: more would wait longer on a slow machine than an executor lets a queue wait in memory, and be parked."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--latency-ms", type=float, default=50.0, help="of the upstream")
    parser.add_argument("--rate", type=float, help="so many a second instead of a burst")
    parser.add_argument("--connectors", type=int, default=1, help="over which executions are spread")
    parser.add_argument("--functions", type=int, default=40, help="how many to list")
    parser.add_argument("--samples", type=Path, help="keep the stacks here as well")
    asyncio.run(run(parser.parse_args()))


async def run(wanted: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="connectors-profile-") as folder:
        async with open_servers(Path(folder)) as servers, open_scenario(servers, wanted.latency_ms) as scenario:
            samples = Path(folder) / "samples.txt"
            connectors = many_connectors(scenario.url("/people"), wanted.connectors)
            await scenario.publish(connectors)
            ids = [connector.connector_id for connector in connectors]
            sampled = ("-m", "bench.sampler", str(samples), "connector_executor")
            settings = {"max_in_flight": IN_FLIGHT, "max_in_flight_per_connector": IN_FLIGHT}
            (child,) = await scenario.start_executors(command=sampled, **settings)
            cpu_us = await load(scenario, ids, child, wanted)
            await scenario.stop_subjects()
            report(cpu_us, samples.read_text(), wanted.functions)
            if wanted.samples is not None:
                wanted.samples.write_text(samples.read_text())


async def load(scenario: Scenario, ids: Sequence[UUID], child: ChildProcess, wanted: argparse.Namespace) -> float:
    """CPU microseconds per execution; the sampling begins after a warm-up."""
    await scenario.cost_of(spread_over(ids, round(wanted.messages * WARM_UP)))
    os.kill(child.popen.pid, signal.SIGUSR1)
    if wanted.rate is None:
        bursts = [await scenario.cost_of(spread_over(ids, BURST)) for _ in range(max(1, wanted.messages // BURST))]
        return fmean(cost.cpu_us for cost in bursts)
    before = scenario.reading(await scenario.broker.count(RESULT))
    await scenario.traffic.steady(wanted.rate, wanted.messages / wanted.rate, lambda number: ids[number % len(ids)])
    await asyncio.sleep(DRAIN_SECONDS)
    return Cost.between(before, scenario.reading(await scenario.broker.count(RESULT))).cpu_us


def report(cpu_us: float, samples: str, functions: int) -> None:
    stages: Counter[str] = Counter()
    innermost: Counter[str] = Counter()
    for line in samples.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        stages[stage_of(frames)] += int(count)
        innermost[short(frames[0])] += int(count)
    total = stages.total()
    print(f"{cpu_us:.0f} µs CPU per execution, {total} samples")
    listings = (("stage", stages, len(stages)), ("function, by itself", innermost, functions))
    for title, counts, most in listings:
        print(f"\n  share      µs  {title}")
        for name, found in counts.most_common(most):
            print(f"{found / total:7.1%} {found / total * cpu_us:7.1f}  {name}")


def stage_of(frames: list[str]) -> str:
    for frame in frames:
        for stage, pattern in PATTERNS.items():
            if pattern.search(frame):
                return stage
    return ELSEWHERE


def short(frame: str) -> str:
    """The last two parts of the path are enough to find it."""
    path, _, function = frame.rpartition(":")
    return f"{'/'.join(Path(path).parts[-2:])} {function}"


if __name__ == "__main__":
    main()
