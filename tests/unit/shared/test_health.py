"""`/healthz`, `/readyz`, `/metrics`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter

from connectors_shared.runtime import health
from connectors_shared.runtime.health import Check, health_routes, metrics_route, public_health_routes


async def fine() -> str | None:
    return None


async def late() -> str | None:
    return "3 messages wait"


async def broken() -> str | None:
    raise ConnectionRefusedError("nobody listens")


async def asked(
    path: str,
    checks: dict[str, Check],
    metrics: CollectorRegistry | None = None,
    impairments: dict[str, Check] | None = None,
) -> httpx2.Response:
    app = FastAPI()
    app.router.routes.extend([*health_routes(checks, impairments), metrics_route(metrics or CollectorRegistry())])
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.get(path)


async def test_a_running_process_is_healthy_whatever_it_depends_on() -> None:
    answer = await asked("/healthz", {"database": broken})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_ready_when_every_check_is_fine() -> None:
    answer = await asked("/readyz", {"database": fine, "kafka": fine})
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


async def test_not_ready_names_each_failing_check_and_its_reason() -> None:
    answer = await asked("/readyz", {"database": broken, "kafka": fine, "outbox": late})
    assert answer.status_code == 503
    problems = answer.json()["problems"]
    assert problems.keys() == {"database", "outbox"}
    assert problems["outbox"] == "3 messages wait"
    assert "ConnectionRefusedError" in problems["database"]


async def test_an_impairment_is_told_by_who_serves_all_the_same() -> None:
    answer = await asked("/readyz", {"database": fine}, impairments={"kafka": broken, "outbox": late, "more": fine})
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["problems"].keys() == {"kafka", "outbox"}


async def test_who_is_not_ready_tells_of_impairments_too() -> None:
    answer = await asked("/readyz", {"database": broken}, impairments={"outbox": late})
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    assert answer.json()["problems"].keys() == {"database", "outbox"}


async def test_a_check_that_waits_delays_no_other() -> None:
    both_run = asyncio.Barrier(2)

    async def waiting() -> str | None:
        await both_run.wait()
        return None

    async with asyncio.timeout(60):
        answer = await asked("/readyz", {"database": waiting}, impairments={"kafka": waiting})
    assert answer.json() == {"status": "ready"}


async def test_the_metrics_page_is_that_of_the_given_registry() -> None:
    registry = CollectorRegistry()
    Counter("example_things", "Things.", registry=registry).inc(3)
    answer = await asked("/metrics", {}, registry)
    assert answer.headers["content-type"].startswith("text/plain")
    assert "example_things_total 3.0" in answer.text


async def test_the_operational_routes_are_not_in_the_api_document() -> None:
    app = FastAPI()
    app.router.routes.extend([*health_routes({}), metrics_route(CollectorRegistry())])
    assert app.openapi()["paths"] == {}


async def test_the_public_is_told_which_checks_failed_and_not_why() -> None:
    app = FastAPI()
    app.router.routes.extend(public_health_routes({"database": broken}, {"outbox": late}))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://service") as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["problems"]) == (503, {"database": "failed", "outbox": "failed"})


class Hanging:
    """Does not answer until it is told what to."""

    def __init__(self) -> None:
        self.answers: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self.asked = 0

    async def __call__(self) -> str | None:
        self.asked += 1
        return await self.answers


@asynccontextmanager
async def a_service(checks: dict[str, Check], impairments: dict[str, Check]) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    app.router.routes.extend(health_routes(checks, impairments))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://service") as client:
        yield client


async def test_what_hangs_is_named_while_it_hangs_with_the_time_since_when() -> None:
    began, redis, kafka = datetime.now(UTC).replace(microsecond=0), Hanging(), Hanging()
    async with a_service({"redis": redis, "database": fine}, {"kafka": kafka}) as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
        assert answer.json()["problems"].keys() == {"redis", "kafka"}
        assert all(problem.startswith("no answer for ") for problem in answer.json()["problems"].values())
        since = answer.json()["since"]
        assert all(began <= datetime.fromisoformat(moment) <= datetime.now(UTC) for moment in since.values())
        again = await client.get("/readyz")
        assert (redis.asked, again.json()["since"]) == (1, since), "it is asked once, however many want to know"
        redis.answers.set_result("it is full")
        answer = await client.get("/readyz")
        assert (answer.json()["problems"]["redis"], answer.json()["since"]) == ("it is full", since)
        redis.answers = asyncio.Future()
        redis.answers.set_result(None)
        kafka.answers.set_result(None)
        assert (await client.get("/readyz")).json() == {"status": "ready"}


async def test_what_was_fine_in_the_end_and_hangs_anew_hangs_since_then(monkeypatch: pytest.MonkeyPatch) -> None:
    redis = Hanging()
    async with a_service({"redis": redis}, {}) as client:
        first = await client.get("/readyz")
        assert first.status_code == 503
        redis.answers.set_result(None)
        redis.answers = asyncio.Future()

        class AnHourLater(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                return super().now(tz) + timedelta(hours=1)

        monkeypatch.setattr(health, "datetime", AnHourLater)
        again = await client.get("/readyz")
    assert (again.status_code, redis.asked) == (503, 2)
    assert again.json()["since"]["redis"] > first.json()["since"]["redis"], "it had answered between"


async def test_a_clock_that_goes_back_holds_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_service({"redis": Hanging()}, {}) as client:
        first = await client.get("/readyz")

        class AnHourAgo(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                return super().now(tz) - timedelta(hours=1)

        monkeypatch.setattr(health, "datetime", AnHourAgo)
        async with asyncio.timeout(60):
            again = await client.get("/readyz")
    assert (again.status_code, again.json()["since"]) == (503, first.json()["since"])
    assert 0 <= int(again.json()["problems"]["redis"].split()[-2]) < 60


async def test_whoever_hangs_up_stops_no_check_that_others_wait_for() -> None:
    redis = Hanging()
    async with a_service({"redis": redis}, {}) as client:
        first = asyncio.create_task(client.get("/readyz"))
        while not redis.asked:
            await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        redis.answers.set_result(None)
        assert (await client.get("/readyz")).json() == {"status": "ready"}


async def test_the_public_is_not_told_for_how_long_something_hangs() -> None:
    app = FastAPI()
    app.router.routes.extend(public_health_routes({"database": Hanging()}))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://service") as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["problems"]) == (503, {"database": "failed"})
