"""Executors, and nobody else, have a refused token renewed, at the internal port."""

from uuid import uuid4

import httpx2
from pydantic import SecretStr

from connector_registry.api import internal_app
from connector_registry.settings import Settings
from connectors_shared.http.internal_pages import internal_pages
from tests.unit.registry.oauth.a_provider import RotatingProvider
from tests.unit.registry.oauth.scene import WORKSPACE, Scene

IDENTITY = "identity-of-the-executors-0123456789abcdef"
OPERATOR = "secret-of-the-operators-0123456789abcdef"
CALLERS = f"executor:{IDENTITY},operator:{OPERATOR}"


def operators(scene: Scene, settings: Settings, callers: str = CALLERS) -> httpx2.AsyncClient:
    """At the internal port of a registry."""
    known = settings.model_copy(update={"internal_callers": SecretStr(callers)})
    api = internal_app(known, scene.refresher(), scene.metrics)
    pages = internal_pages(api, {}, scene.metrics.registry, internal=api)
    headers = {"Authorization": f"Bearer {IDENTITY}"}
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=pages), base_url="http://internal", headers=headers)


async def test_an_executor_has_a_refused_token_renewed(settings: Settings) -> None:
    provider = RotatingProvider()
    scene = Scene(provider)
    credential = scene.connected(provider.connect())
    path, order = f"/internal/credentials/{credential.id}/refresh", {"workspaceId": str(WORKSPACE), "revision": 1}
    async with operators(scene, settings) as client:
        answer = await client.post(path, json=order)
        assert (answer.status_code, answer.json()) == (200, {"refreshed": "renewed", "revision": 2})
        other = await client.post(path, json=order | {"workspaceId": str(uuid4())})
        assert other.json()["refreshed"] == "unknown"
        wrong = await client.post(path, json=order, headers={"Authorization": "Bearer another"})
        assert (wrong.status_code, "CONNECTORS_INTERNAL_CALLERS" in wrong.json()["detail"]) == (401, True)
        known = await client.post(path, json=order, headers={"Authorization": f"Bearer {OPERATOR}"})
        assert (known.status_code, known.json()["type"]) == (403, "/problems/not-this-caller")
        assert (await client.post(path, json={"revision": 0})).status_code == 422
    assert len(provider.asked) == 1


async def test_without_callers_nobody_is_answered(settings: Settings) -> None:
    async with operators(Scene(RotatingProvider()), settings, "") as client:
        answer = await client.post(f"/internal/credentials/{uuid4()}/refresh", json={})
        assert answer.status_code == 503
