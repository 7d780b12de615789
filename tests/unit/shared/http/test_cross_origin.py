"""Pages of other origins call only what names them; the headers for browsers come with those answers as well."""

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from pydantic import SecretStr, ValidationError

from connectors_shared.http.api import rest_api
from connectors_shared.http.internal_pages import internal_pages
from connectors_shared.http.observing import RequestMetrics
from connectors_shared.runtime.settings import PublicServiceSettings

OURS, OTHERS = "https://console.example", "https://elsewhere.example"


def an_app(*origins: str) -> FastAPI:
    app = rest_api("connectors-shared", "T", "T", RequestMetrics("t", CollectorRegistry()), allowed_origins=origins)

    @app.get("/things")
    async def things() -> None:
        return None

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError

    return app


async def asked(app: FastAPI, method: str, path: str, origin: str) -> httpx2.Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "If-Match"}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://service") as client:
        return await client.request(method, path, headers=headers)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/things"), ("OPTIONS", "/things"), ("GET", "/fault"), ("GET", "/x")]
)
async def test_a_page_that_is_named_may_read_every_answer(method: str, path: str) -> None:
    answer = await asked(an_app(OURS), method, path, OURS)
    assert answer.headers["access-control-allow-origin"] == OURS
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_no_other_page_may(method: str) -> None:
    for app in (an_app(OURS), an_app()):
        answer = await asked(app, method, "/things", OTHERS)
        assert "access-control-allow-origin" not in answer.headers
        assert (answer.status_code >= 400) == (method == "OPTIONS")


async def test_the_page_about_the_api_loads_what_it_needs_and_is_framed_by_nobody() -> None:
    app = an_app()
    transport = httpx2.ASGITransport(app=internal_pages(app, {}, CollectorRegistry()))
    async with httpx2.AsyncClient(transport=transport, base_url="http://internal") as client:
        page = await client.get("/docs")
        policy = page.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        for source in ("https://cdn.jsdelivr.net", "https://fastapi.tiangolo.com"):
            assert (source in page.text) == (source in policy)
        for path in ("/openapi.json", "/healthz", "/metrics", "/nowhere"):
            assert "default-src 'none'" in (await client.get(path)).headers["content-security-policy"]


@pytest.mark.parametrize("origin", ["*", "https://*.example", "console.example", "https://console.example/", "null"])
def test_what_is_no_origin_or_everybodys_is_refused_at_the_start(origin: str) -> None:
    with pytest.raises(ValidationError):
        PublicServiceSettings(
            kafka_bootstrap_servers="x:1",
            database_url=SecretStr("postgresql://x"),
            jwt_secret=SecretStr("x" * 32),
            allowed_origins=(origin,),
        )
