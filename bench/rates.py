"""Four executors on one upstream that lets in 10 calls in any second, then only 5: refusals, and quota left unused.

What is counted is what reached the upstream, by its own history: a strict sliding window, as unforgiving as any.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence

from bench.definitions import a_connector
from bench.effort import Effort
from bench.figures import Figure, at_least, at_most
from bench.scenario import Scenario, open_scenario
from bench.servers import Servers

PART = "rates"
UPSTREAM_MS = 50.0
EXECUTORS = 4
QUOTA, LOWERED_QUOTA, WINDOW_SECONDS = 10, 5, 1.0
USED_PERCENT = 95.0
FIRST_SECOND = 1.0
POLL_SECONDS = 0.2
START_SECONDS = 60.0

History = list[tuple[float, int]]
"""Seconds since the first call, and the status it got."""


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    async with open_scenario(servers, UPSTREAM_MS) as scenario:
        lowered_at, history = await _run(scenario, effort)
    _show(history)
    return [*_steady_figures(history, lowered_at), *_lowered_figures(history, lowered_at)]


async def _run(scenario: Scenario, effort: Effort) -> tuple[float, History]:
    """There is always more to do than the quota allows."""
    connector = a_connector(
        scenario.url("/limited"), rateLimit={"windows": [{"limit": QUOTA, "seconds": WINDOW_SECONDS}]}, retries=10
    )
    await scenario.publish([connector])
    await scenario.start_executors(EXECUTORS)
    enough = 2 * round(QUOTA * (effort.rate_seconds + effort.lowered_seconds))
    await scenario.traffic.burst([connector.connector_id] * enough)
    await _first_call(scenario)
    await asyncio.sleep(FIRST_SECOND + effort.rate_seconds)
    lowered_at = float(await scenario.ask_upstream(f"/limited/quota/{LOWERED_QUOTA}"))
    await asyncio.sleep(effort.lowered_seconds)
    return lowered_at, await _history(scenario)


async def _first_call(scenario: Scenario) -> None:
    async with asyncio.timeout(START_SECONDS):
        while not await _history(scenario):
            await asyncio.sleep(POLL_SECONDS)


async def _history(scenario: Scenario) -> History:
    return [(float(second), int(status)) for second, status in await scenario.ask_upstream("/limited/history")]


def _steady_figures(history: History, lowered_at: float) -> list[Figure]:
    steady = [status for second, status in history if FIRST_SECOND <= second < lowered_at]
    seconds = lowered_at - FIRST_SECOND
    first = sum(status == 429 for second, status in history if second < FIRST_SECOND)
    return [
        Figure(
            PART,
            f"429s after the first second, {EXECUTORS} executors at {QUOTA}/s",
            steady.count(429),
            "",
            at_most(0),
            f"over {seconds:.0f} s; in the first second {first}",
        ),
        Figure(
            PART,
            "quota used",
            steady.count(200) / (seconds * QUOTA) * 100,
            "%",
            at_least(USED_PERCENT),
            f"{steady.count(200)} calls let in of {seconds * QUOTA:.0f}",
        ),
    ]


def _lowered_figures(history: History, lowered_at: float) -> list[Figure]:
    after = [(second - lowered_at, status) for second, status in history if second >= lowered_at]
    refused = [second for second, status in after if status == 429]
    last = after[-1][0] if after else 0.0
    used = sum(status == 200 for second, status in after if second >= WINDOW_SECONDS)
    quota = max(last - WINDOW_SECONDS, 1.0) * LOWERED_QUOTA
    return [
        Figure(
            PART,
            f"windows with 429s after the quota fell to {LOWERED_QUOTA}/s",
            max(refused, default=0.0) / WINDOW_SECONDS,
            "",
            at_most(1),
            f"until the last of {len(refused)} refusals, watched for {last:.0f} s",
        ),
        Figure(PART, "lowered quota used, after its first window", used / quota * 100, "%"),
    ]


def _show(history: History) -> None:
    """Calls let in, and refused, in each second."""
    let_in = Counter(int(second) for second, status in history if status == 200)
    refused = Counter(int(second) for second, status in history if status == 429)
    last = int(history[-1][0]) if history else 0
    print("  per second: " + " ".join(f"{let_in[s]}" + (f"+{refused[s]}✗" if refused[s] else "") for s in range(last)))
