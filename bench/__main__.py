"""`make bench`: every figure of the speed promise, in one run on one machine.

python -m bench [part …] [--quick] [--json FILE] [--report FOLDER]
"""

import argparse
import asyncio
import logging
import os
import platform
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import uvloop

from bench import (
    contacts,
    groups,
    history,
    hot,
    imports,
    latency,
    low,
    mapper,
    memory,
    neighbour,
    path,
    payload,
    rates,
    registry,
    scale,
    shares,
    start,
    stores,
    tls,
)
from bench.effort import FULL, QUICK, Effort
from bench.figures import Figure, show, show_table, write_json
from bench.measured import busy_seconds, our_seconds
from bench.report import write_report
from bench.servers import Servers, open_servers

Measure = Callable[[Servers, Effort, Sequence[Figure]], Awaitable[list[Figure]]]
TOLERABLE_CORES = 0.1
REPORT = Path(".local/bench")
PARTS: dict[str, Measure] = {
    "hot": hot.measure,
    "low": low.measure,
    "tls": tls.measure,
    "payload": payload.measure,
    "scale": scale.measure,
    "latency": latency.measure,
    "neighbour": neighbour.measure,
    "shares": shares.measure,
    "rates": rates.measure,
    "memory": memory.measure,
    "start": start.measure,
    "path": path.measure,
    "registry": registry.measure,
    "history": history.measure,
    "imports": imports.measure,
    "stores": stores.measure,
    "groups": groups.measure,
    "mapper": mapper.measure,
    "contacts": contacts.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="one round each and short: to see that it works")
    parser.add_argument("--rounds", type=int, help="of each side, alternating; the median counts")
    parser.add_argument("--backlog", type=int, help="how many records `memory` drains")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--report", type=Path, metavar="FOLDER", default=REPORT, help=f"Markdown and plots ({REPORT})")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    # A topic that is a moment old has no leader yet, and the client says so on every retry.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    wanted = {name: getattr(arguments, name) for name in ("rounds", "backlog")}
    effort = replace(
        QUICK if arguments.quick else FULL, **{name: value for name, value in wanted.items() if value is not None}
    )
    uvloop.run(run(arguments.parts or list(PARTS), effort, arguments.json, arguments.report))


async def run(parts: Sequence[str], effort: Effort, json_path: Path | None, report: Path) -> None:
    machine = describe_machine(effort)
    print(", ".join(f"{name} {value}" for name, value in machine.items() if value))
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="connectors-bench-") as folder:
        async with open_servers(Path(folder)) as servers:
            for part in parts:
                print(f"\n{part}")
                before = (time.perf_counter(), busy_seconds(), our_seconds())
                found = await PARTS[part](servers, effort, figures)
                show(found)
                machine["elsewhere"][part] = _cores_elsewhere(*before)
                figures += found
                # After each part: what was measured is there, however the run ends.
                written = await asyncio.to_thread(write_report, report, machine, figures, effort.backlog)
                if json_path is not None:
                    await asyncio.to_thread(write_json, json_path, machine, figures)
    print()
    show_table(figures)
    print(f"\n{written}")


def _cores_elsewhere(began: float, busy: float, ours: float) -> float:
    """Cores that worked for nobody of ours, on average since then; says so when that spoils the figures."""
    elsewhere = (busy_seconds() - busy - (our_seconds() - ours)) / (time.perf_counter() - began)
    if elsewhere > TOLERABLE_CORES:
        print(f"  ! other programs kept {elsewhere:.2f} cores busy meanwhile: measure again on a quiet machine")
    return round(max(0.0, elsewhere), 2)


def describe_machine(effort: Effort) -> dict[str, Any]:
    return {
        "cores": psutil.cpu_count(),
        "memoryGiB": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "loadBefore": round(os.getloadavg()[0], 2),
        "elsewhere": {},
        "effort": "quick" if effort.messages == QUICK.messages else "full",
    }


if __name__ == "__main__":
    main()
