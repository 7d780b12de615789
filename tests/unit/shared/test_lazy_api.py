"""Health checks at once, the rest when somebody asks for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from connectors_shared.runtime.lazy_api import ServiceApp, service_with_lazy_api


class Api:
    """How often it was loaded."""

    def __init__(self) -> None:
        self.loaded = 0

    def load(self) -> FastAPI:
        self.loaded += 1
        app = FastAPI()

        @app.get("/things/{name}")
        async def thing(name: str) -> dict[str, str]:
            return {"name": name}

        return app


@asynccontextmanager
async def no_lifespan(_app: Starlette) -> AsyncIterator[None]:
    yield


def a_service(api: Api) -> ServiceApp:
    return service_with_lazy_api(no_lifespan, {}, CollectorRegistry(), api.load)


def client_of(service: ServiceApp) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=service), base_url="http://service")


async def test_health_checks_load_nothing() -> None:
    api = Api()
    async with client_of(a_service(api)) as client:
        answers = [await client.get(path) for path in ("/healthz", "/readyz", "/metrics")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert api.loaded == 0


async def test_many_who_ask_at_once_load_it_once() -> None:
    api = Api()
    async with client_of(a_service(api)) as client:
        answers = await asyncio.gather(*(client.get(f"/things/{number}") for number in range(5)))
        unknown = await client.get("/elsewhere")
    assert [answer.json() for answer in answers] == [{"name": str(number)} for number in range(5)]
    assert unknown.status_code == 404
    assert api.loaded == 1
