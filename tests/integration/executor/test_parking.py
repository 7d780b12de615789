"""A connector that cannot run now: parked in Postgres, drained in order, overtaken, cancelled, never lost."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiohttp import web

from connector_executor.admission.redis import RedisAdmission
from connector_executor.scheduling.observations import TOLD_AT_ONCE
from connectors_shared.contract.execution import ConnectorResult, Lane
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.topics import EXECUTE_DEAD
from connectors_shared.runtime.roles import Role, acting_as
from tests.integration.executor.conftest import Bench, Upstream

FAST = {"windows": [{"limit": 50, "seconds": 1}]}
SLOW = {"windows": [{"limit": 1, "seconds": 3600, "burst": 1}]}


async def parked_rows(bench: Bench) -> int:
    return int(await sql(bench, "SELECT count(*) FROM executor.parked_executions"))


async def sql(bench: Bench, statement: str, *arguments: Any) -> Any:
    connection = await asyncpg.connect(acting_as(bench.settings.database_url_of(Role.OWNER), "executor", Role.OWNER))
    try:
        return await connection.fetchval(statement, *arguments)
    finally:
        await connection.close()


async def until_parked(bench: Bench, count: int, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while await parked_rows(bench) != count:
        assert time.monotonic() < deadline, f"{await parked_rows(bench)} parked, not {count}"
        await asyncio.sleep(0.02)


async def until_state(bench: Bench, connector: UUID, state: str, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    async with bench.internal() as client:
        while (status := (await client.get(f"/internal/connectors/{connector}/status")).json())["state"] != state:
            assert time.monotonic() < deadline, status
            await asyncio.sleep(0.02)


async def results(bench: Bench, count: int) -> dict[UUID, ConnectorResult]:
    found = [await asyncio.wait_for(bench.result(), 20) for _ in range(count)]
    return {result.execution_id: result for result in found}


async def test_a_backlog_is_parked_its_offsets_are_committed_and_every_execution_runs_once(
    bench: Bench, upstream: Upstream
) -> None:
    connector = await bench.publish(upstream.url, rate_limit={"windows": [{"limit": 20, "seconds": 1}]})
    await bench.start_executor()
    events = await asyncio.gather(*(bench.execute(connector, inputs={}) for _ in range(80)))
    await bench.until_committed(80)
    assert await parked_rows(bench) > 0
    found = await results(bench, 80)
    assert set(found) == {event.execution_id for event in events}
    assert all(result.success for result in found.values())
    assert len(upstream.seen) == 80
    await until_parked(bench, 0)


async def test_an_interactive_execution_overtakes_the_backlog(bench: Bench, upstream: Upstream) -> None:
    connector = await bench.publish(
        upstream.url, rate_limit={"windows": [{"limit": 2, "seconds": 1}]}, query_params=ID_PARAMETER
    )
    await bench.start_executor()
    for number in range(40):
        await bench.execute(connector, inputs={"id": f"bulk-{number}"}, lane=Lane.BULK)
    await bench.until_committed(40)
    await bench.execute(connector, inputs={"id": "now"}, lane=Lane.INTERACTIVE)
    while not any("now" in path for _, path, _, _ in upstream.seen):
        await asyncio.wait_for(bench.result(), 20)
    assert len(upstream.seen) < 20
    assert await parked_rows(bench) > 10


ID_PARAMETER = [{"key": "id", "valueType": "input", "inputField": "id"}]


async def test_backlogs_that_share_a_budget_are_drained_in_turns(bench: Bench, upstream: Upstream) -> None:
    shared = {"windows": [{"limit": 20, "seconds": 1}], "share": "host"}
    connectors = [await bench.publish(upstream.url, rate_limit=shared) for _ in range(2)]
    for connector in connectors:
        for _ in range(60):
            await bench.execute(connector)
    # All of both is there before the first is called, however long that takes.
    await bench.start_executor()
    await bench.until_committed(120)
    found = [await asyncio.wait_for(bench.result(), 20) for _ in range(90)]
    drained = [result.connector_id for result in found[50:]]
    # A turn is some ten of one backlog: of forty each has one at least, and not the other all.
    assert min(drained.count(connector) for connector in connectors) >= 5


async def test_a_changed_limit_lets_the_backlog_go(bench: Bench, upstream: Upstream) -> None:
    connector = await bench.publish(upstream.url, rate_limit=SLOW)
    await bench.start_executor()
    for _ in range(10):
        await bench.execute(connector)
    await until_parked(bench, 9)
    await bench.publish(upstream.url, version=2, connector_id=connector, rate_limit=FAST)
    assert all(result.success for result in (await results(bench, 10)).values())
    assert len(upstream.seen) == 10


async def test_a_long_retry_after_is_parked_with_what_happened_so_far_and_kept_in_full(
    bench: Bench, upstream: Upstream
) -> None:
    calls: list[float] = []

    async def refuse_once(_request: web.Request) -> web.Response:
        calls.append(time.monotonic())
        return web.Response(status=503, headers={"Retry-After": "4"}) if len(calls) == 1 else web.json_response({})

    upstream.answer = refuse_once
    connector = await bench.publish(upstream.url, method="POST", retries=1)
    await bench.start_executor()
    await bench.execute(connector)
    await until_parked(bench, 1)
    result = await asyncio.wait_for(bench.result(), 20)
    assert result.success
    assert [attempt.status for attempt in result.attempts] == [503, 200]
    assert calls[1] - calls[0] >= 4.0


async def test_what_is_parked_survives_the_executor(bench: Bench, upstream: Upstream) -> None:
    connector = await bench.publish(upstream.url, rate_limit=SLOW)
    await bench.start_executor()
    for _ in range(5):
        await bench.execute(connector)
    await until_parked(bench, 4)
    await bench.stop_executor()
    await bench.publish(upstream.url, version=2, connector_id=connector, rate_limit=FAST)
    await bench.start_executor()
    assert len(await results(bench, 5)) == 5
    assert len(upstream.seen) == 5


async def test_a_repeat_of_a_parked_message_is_one_execution(bench: Bench, upstream: Upstream) -> None:
    connector = await bench.publish(upstream.url, rate_limit=SLOW)
    await bench.start_executor()
    await bench.execute(connector)
    await bench.result()
    event = await bench.execute(connector)
    await bench.send(event.to_json(), event.key())
    await bench.until_committed(3)
    assert await parked_rows(bench) == 1
    await bench.publish(upstream.url, version=2, connector_id=connector, rate_limit=FAST)
    assert (await bench.result()).execution_id == event.execution_id
    await until_parked(bench, 0)
    assert len(upstream.seen) == 2


@pytest.mark.parametrize("policy", ["reject", "dead-letter"])
async def test_a_full_backlog_ends_what_comes_after_by_policy(bench: Bench, upstream: Upstream, policy: str) -> None:
    parking = {"maxParked": 2, "whenFull": policy}
    connector = await bench.publish(upstream.url, rate_limit=SLOW, parking=parking)
    await bench.start_executor()
    for _ in range(5):
        await bench.execute(connector)
    await bench.until_committed(5)
    assert await parked_rows(bench) == 2
    if policy == "reject":
        failures = [result for result in (await results(bench, 3)).values() if not result.success]
        assert [failure.error and failure.error.type for failure in failures] == [FailureType.BACKLOG_FULL] * 2
    else:
        letters = await bench.read(EXECUTE_DEAD.name, 2)
        assert [dict(letter.headers)["dead-reason"] for letter in letters] == [b"backlog_full"] * 2


async def test_an_execution_that_is_parked_too_long_ends_with_a_reason(bench: Bench, upstream: Upstream) -> None:
    connector = await bench.publish(upstream.url, rate_limit=SLOW, parking={"maxAgeSeconds": 1})
    await bench.start_executor()
    await bench.execute(connector)
    assert (await bench.result()).success
    await bench.execute(connector)
    await bench.execute(connector, deadline=datetime.now(UTC) + timedelta(milliseconds=500))
    kinds = [result.error and result.error.type for result in (await results(bench, 2)).values()]
    assert sorted(map(str, kinds)) == ["backlog_full", "deadline_exceeded"]
    await until_parked(bench, 0)


async def test_a_connector_whose_credential_is_stale_waits_for_the_next_one(bench: Bench, upstream: Upstream) -> None:
    connector = await bench.publish(upstream.url, credential_stale=True)
    await bench.start_executor()
    event = await bench.execute(connector)
    await until_parked(bench, 1)
    assert upstream.seen == []
    await bench.publish(upstream.url, version=2, connector_id=connector)
    assert (await bench.result()).execution_id == event.execution_id


async def test_a_connector_with_a_newer_definition_waits_and_is_never_called_by_the_old_one(
    bench: Bench, upstream: Upstream
) -> None:
    connector = await bench.publish(upstream.url + "/old")
    await bench.start_executor()
    await bench.execute(connector)
    assert (await bench.result()).success
    unheard_of = {"config": {"method": "GET", "url": upstream.url + "/old", "bodyType": "protobuf", "body": "x"}}
    await bench.publish(upstream.url + "/old", version=2, connector_id=connector, newer=unheard_of)
    await until_state(bench, connector, "definition_unreadable")
    event = await bench.execute(connector)
    await until_parked(bench, 1)
    await bench.publish(upstream.url + "/new", version=3, connector_id=connector)
    assert (await bench.result()).execution_id == event.execution_id
    assert [path for _, path, _, _ in upstream.seen] == ["/old", "/new"]


async def test_a_failing_upstream_opens_the_breaker_and_everything_is_called_once_it_is_back(
    bench: Bench, upstream: Upstream
) -> None:
    healthy = asyncio.Event()

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({}) if healthy.is_set() else web.Response(status=503)

    upstream.answer = answer
    connector = await bench.publish(upstream.url, retries=20, retry_delay=1)
    bench.settings = bench.settings.model_copy(update={"breaker_open_seconds": 0.5, "breaker_min_calls": 5})
    await bench.start_executor()
    for _ in range(30):
        await bench.execute(connector)
    await bench.until_committed(30)
    calls_while_failing = len(upstream.seen)
    assert calls_while_failing < 30 * 20
    healthy.set()
    assert all(result.success for result in (await results(bench, 30)).values())


async def test_parked_executions_of_a_deleted_connector_end_in_results_that_say_so(
    bench: Bench, upstream: Upstream
) -> None:
    connector = await bench.publish(upstream.url, rate_limit=SLOW)
    await bench.start_executor()
    await bench.execute(connector)
    assert (await bench.result()).success
    event = await bench.execute(connector)
    await until_parked(bench, 1)
    await bench.delete(connector)
    result = await bench.result()
    assert result.error is not None
    assert (result.execution_id, result.error.type) == (event.execution_id, FailureType.CONNECTOR_DELETED)
    await until_parked(bench, 0)


async def test_parked_executions_end_when_their_connector_can_not_be_compiled_any_more(
    bench: Bench, upstream: Upstream
) -> None:
    connector = await bench.publish(upstream.url, rate_limit=SLOW)
    await bench.start_executor()
    await bench.execute(connector)
    assert (await bench.result()).success
    for _ in range(3):
        await bench.execute(connector)
    await until_parked(bench, 3)
    await bench.publish(upstream.url, version=2, connector_id=connector, rate_limit=SLOW, body="[", body_type="json")
    errors = [result.error for result in (await results(bench, 3)).values()]
    assert [error and error.type for error in errors] == [FailureType.INVALID_REQUEST] * 3
    assert len(upstream.seen) == 1
    await until_parked(bench, 0)


async def test_parked_executions_of_a_connector_that_is_switched_off_are_skipped(
    bench: Bench, upstream: Upstream
) -> None:
    connector = await bench.publish(upstream.url, rate_limit=SLOW)
    await bench.start_executor()
    for _ in range(4):
        await bench.execute(connector)
    await until_parked(bench, 3)
    await bench.publish(upstream.url, version=2, connector_id=connector, rate_limit=SLOW, enabled=False)
    kinds = [result.error.type for result in (await results(bench, 4)).values() if result.error]
    assert kinds == [FailureType.CONNECTOR_DISABLED] * 3
    assert len(upstream.seen) == 1


@pytest.mark.parametrize("damage", ["message = '{}'", "message = 'x'", "envelope = '\\xc1'", "envelope = ''"])
async def test_a_parked_row_that_cannot_be_read_ends_in_the_dead_letters_and_the_rest_runs(
    bench: Bench, upstream: Upstream, damage: str
) -> None:
    connector = await bench.publish(upstream.url, rate_limit=SLOW)
    await bench.start_executor()
    await bench.execute(connector)
    assert (await bench.result()).success
    for _ in range(3):
        await bench.execute(connector)
    await until_parked(bench, 3)
    oldest = "(SELECT min(seq) FROM executor.parked_executions)"
    await sql(bench, f"UPDATE executor.parked_executions SET message = '{{}}' WHERE seq = {oldest}")
    await bench.publish(upstream.url, version=2, connector_id=connector, rate_limit=FAST)
    assert all([(await bench.result()).success for _ in range(2)])
    (letter,) = await bench.read(EXECUTE_DEAD.name, 1)
    assert dict(letter.headers)["dead-reason"] == b"invalid_message"
    await until_parked(bench, 0)


async def replay_all(bench: Bench) -> int:
    async with bench.internal() as client:
        response = await client.post("/internal/dead-letters/replay", json={"matching": {}})
    assert response.status_code == 200, response.text
    return int(response.json()["replayed"])


async def test_what_was_dead_lettered_because_the_backlog_was_full_runs_when_it_is_replayed(
    bench: Bench, upstream: Upstream
) -> None:
    full = {"maxParked": 1, "whenFull": "dead-letter"}
    connector = await bench.publish(upstream.url, method="POST", rate_limit=SLOW, parking=full)
    await bench.start_executor()
    events = [await bench.execute(connector) for _ in range(4)]
    await bench.read(EXECUTE_DEAD.name, 2)
    await bench.until_committed(4)
    await bench.publish(upstream.url, version=2, method="POST", connector_id=connector, rate_limit=FAST)
    assert await replay_all(bench) == 2
    found = await results(bench, 4)
    assert {event.execution_id for event in events} == set(found)
    assert all(result.success for result in found.values())
    assert len(upstream.seen) == 4


async def test_nobody_waits_for_a_broken_api_longer_than_the_connector_says(bench: Bench, upstream: Upstream) -> None:
    async def fail(request: web.Request) -> web.Response:
        return web.json_response({}) if request.path == "/healthy" else web.Response(status=500)

    upstream.answer = fail
    connector = await bench.publish(upstream.url, retries=3, parking={"maxWaitSeconds": 3})
    healthy = await bench.publish(upstream.url + "/healthy", rate_limit=SLOW, parking={"maxWaitSeconds": 1})
    await bench.start_executor()
    limited = [(await bench.execute(healthy)).execution_id for _ in range(2)]
    events = await asyncio.gather(*(bench.execute(connector) for _ in range(1000)))
    found = await results(bench, 1001)
    assert len(found) == 1001, "none is told twice"
    assert set(found) >= {event.execution_id for event in events}
    kinds = {result.error.type for result in found.values() if result.error}
    assert FailureType.UPSTREAM_UNAVAILABLE in kinds
    assert kinds <= {FailureType.HTTP_ERROR, FailureType.UPSTREAM_UNAVAILABLE}
    assert all(len(result.attempts) <= 4 for result in found.values())
    ended = [found[execution_id].success for execution_id in limited if execution_id in found]
    assert ended == [True], "the queue of its own limit is not the API's fault"
    await until_parked(bench, 1)


async def test_a_long_retry_after_is_not_waited_for(bench: Bench, upstream: Upstream) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(status=503, headers={"Retry-After": "3600"})

    upstream.answer = refuse
    connector = await bench.publish(upstream.url, retries=3, parking={"maxWaitSeconds": 1})
    await bench.start_executor()
    await bench.execute(connector)
    first = await asyncio.wait_for(bench.result(), 20)
    await bench.execute(connector)
    second = await asyncio.wait_for(bench.result(), 20)
    assert [result.error and result.error.type for result in (first, second)] == [FailureType.UPSTREAM_UNAVAILABLE] * 2
    assert [len(result.attempts) for result in (first, second)] == [1, 0]
    assert len(upstream.seen) == 1


async def test_a_stale_credential_is_not_waited_for_for_days(bench: Bench, upstream: Upstream) -> None:
    connector = await bench.publish(upstream.url, credential_stale=True, parking={"maxWaitSeconds": 1})
    await bench.start_executor()
    await bench.execute(connector)
    result = await asyncio.wait_for(bench.result(), 20)
    assert result.error is not None
    assert result.error.type is FailureType.UPSTREAM_UNAVAILABLE
    assert "credential" in result.error.message


async def test_three_hundred_answers_about_a_limit_take_no_connections_away(
    bench: Bench, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way, most, real = 0, 0, RedisAdmission.observe

    async def observe(admission: RedisAdmission, *told: Any) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await real(admission, *told)
        under_way -= 1

    all_here = asyncio.Event()

    async def answer(_request: web.Request) -> web.Response:
        if len(upstream.seen) >= 300:
            all_here.set()
        await all_here.wait()
        return web.json_response(
            {}, headers={"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "60"}
        )

    monkeypatch.setattr(RedisAdmission, "observe", observe)
    upstream.answer = answer
    connector = await bench.publish(upstream.url, max_in_flight=400)
    await bench.start_executor()
    await asyncio.gather(*(bench.execute(connector) for _ in range(300)))
    assert all(result.success for result in (await results(bench, 300)).values())
    assert 0 < most <= TOLD_AT_ONCE
