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
from pathlib import Path

from bench.scenario import Figures, Scenario, scenario_servers
from connectors_local.processes import ChildProcess

STAGES = {
    "log line": r"structlog/|runtime/log",
    "metrics": r"prometheus_client/|executor/metrics",
    "decode": r"inbound/decode",
    "encode": r"executor/outcome|Finisher\._encode",
    "admission": r"redis/|executor/admission/",
    "validate": r"stages/validate",
    "render and authorize": r"stages/(render|authorize)|connectors/(plan|templates)",
    "classify": r"stages/classify|policies/",
    "transform": r"stages/transform|executor/transform/",
    "send": r"executor/egress/|aiohttp/",
    "produce": r"aiokafka/producer|runtime/partitioning|aiokafka/(partitioner|record)",
    "consume": r"aiokafka/consumer|faststream/|runtime/intake|anyio/",
    "Kafka connection": r"aiokafka/",
    "intake and offsets": r"executor/inbound/|scheduling/offsets",
    "finisher": r"executor/finisher",
    "dispatcher and lanes": r"executor/(dispatcher|scheduling)",
    "caller": r"executor/(caller|execution)",
}
"""By the innermost function on the stack that belongs to one of them."""
PATTERNS = {stage: re.compile(pattern) for stage, pattern in STAGES.items()}
ELSEWHERE = "event loop and the rest"


class Profiled(Scenario):
    """A run whose executor is sampled from the end of the warm-up on."""

    samples: Path
    child: ChildProcess

    async def profile(self, samples: Path) -> Figures:
        self.samples = samples
        return await self.executor()

    def _spawn(self, name: str, arguments: list[str], environment: dict[str, str]) -> ChildProcess:
        if name != "executor":
            return super()._spawn(name, arguments, environment)
        self.child = super()._spawn(name, ["-m", "bench.sampler", str(self.samples), *arguments[1:]], environment)
        return self.child

    async def _results(self, count: int) -> float:
        reached = await super()._results(count)
        if count < self.messages:
            os.kill(self.child.popen.pid, signal.SIGUSR1)
        return reached


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--latency-ms", type=float, default=50.0, help="of the upstream")
    parser.add_argument("--functions", type=int, default=40, help="how many to list")
    arguments = parser.parse_args()
    asyncio.run(run(arguments.messages, arguments.latency_ms, arguments.functions))


async def run(messages: int, latency_ms: float, functions: int) -> None:
    with tempfile.TemporaryDirectory(prefix="connectors-profile-") as folder:
        async with scenario_servers(Path(folder)) as servers:
            samples = Path(folder) / "samples.txt"
            figures = await Profiled(servers, messages=messages, latency_ms=latency_ms).profile(samples)
            report(figures, samples.read_text(), functions)


def report(figures: Figures, samples: str, functions: int) -> None:
    stages: Counter[str] = Counter()
    innermost: Counter[str] = Counter()
    for line in samples.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        stages[stage_of(frames)] += int(count)
        innermost[short(frames[0])] += int(count)
    total = stages.total()
    print(f"{figures}, {total} samples")
    for title, counts, most in (("stage", stages, None), ("function, by itself", innermost, functions)):
        print(f"\n  share      µs  {title}")
        for name, count in counts.most_common(most):
            print(f"{count / total:7.1%} {count / total * figures.cpu_us:7.1f}  {name}")


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
