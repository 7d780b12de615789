"""The wall clock of the executor's machine jumps by a day; only what is said in wall-clock time may notice."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from connectors_shared.contract.failure import FailureType
from connectors_shared.runtime.clock import SystemClock
from tests.integration.executor.conftest import Bench, Upstream

A_DAY = timedelta(days=1)
CALLS = 10
INTERVAL_SECONDS = 0.1


class JumpingClock(SystemClock):
    """The machine's, with a wall clock that is `off`."""

    def __init__(self) -> None:
        self.off = timedelta()

    def now(self) -> datetime:
        return super().now() + self.off


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> JumpingClock:
    """Of every executor that is started after this."""
    clock = JumpingClock()
    monkeypatch.setattr("connector_executor.app.SystemClock", lambda: clock)
    return clock


@pytest.fixture(params=[A_DAY, -A_DAY], ids=["forward", "back"])
def jump(request: pytest.FixtureRequest) -> timedelta:
    found: timedelta = request.param
    return found


async def test_the_rate_holds_and_retries_go_on(
    bench: Bench, upstream: Upstream, clock: JumpingClock, jump: timedelta
) -> None:
    called: list[float] = []
    failures: Counter[str] = Counter()

    async def fail_once(request: web.Request) -> web.Response:
        called.append(time.monotonic())
        clock.off = jump if len(called) % 2 else timedelta()
        failures[request.path] += 1
        return web.Response(status=500 if failures[request.path] == 1 else 200)

    upstream.answer = fail_once
    window = {"limit": 1, "seconds": INTERVAL_SECONDS}
    connector = await bench.publish(upstream.url + "/{{input.n}}", rate_limit={"windows": [window]})
    await bench.start_executor()
    for number in range(CALLS // 2):
        await bench.execute(connector, inputs={"n": str(number)})

    results = [await bench.result() for _ in range(CALLS // 2)]
    assert [[attempt.status for attempt in result.attempts] for result in results] == [[500, 200]] * (CALLS // 2)
    assert len(called) == CALLS
    # Never early; half of it is left to a first call that was late.
    assert called[-1] - called[0] > INTERVAL_SECONDS * CALLS / 2


async def test_a_date_to_retry_after_is_meant_by_the_clock_of_the_api(
    bench: Bench, upstream: Upstream, clock: JumpingClock, jump: timedelta
) -> None:
    called: list[float] = []

    async def limited_once(_request: web.Request) -> web.Response:
        called.append(time.monotonic())
        now = datetime.now(UTC)
        after = format_datetime(now + timedelta(seconds=1), usegmt=True)
        headers = {"Date": format_datetime(now, usegmt=True), "Retry-After": after}
        return web.Response(status=429 if len(called) == 1 else 200, headers=headers)

    upstream.answer = limited_once
    connector = await bench.publish(upstream.url)
    await bench.start_executor()
    clock.off = jump
    await bench.execute(connector)

    assert (await bench.result()).success
    assert called[1] - called[0] >= 1


async def test_a_deadline_is_meant_by_the_clock_of_the_machine(
    bench: Bench, upstream: Upstream, clock: JumpingClock, jump: timedelta
) -> None:
    connector = await bench.publish(upstream.url)
    await bench.start_executor()
    deadline = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    clock.off = jump
    await bench.execute(connector, deadline=deadline)
    jumped = await bench.result()
    clock.off = timedelta()
    await bench.execute(connector, deadline=deadline)

    assert (await bench.result()).success
    if jump > timedelta():
        assert jumped.error is not None
        assert jumped.error.type is FailureType.DEADLINE_EXCEEDED
        assert len(upstream.seen) == 1
    else:
        assert jumped.success
