"""An access token expires in the middle: one refresh for all calls, and none of them is lost."""

import asyncio
import json
from uuid import UUID, uuid4

from aiohttp import web
from pydantic import SecretStr

from connectors_shared.contract.connector import Method
from tests.integration.executor.conftest import Bench, Upstream
from tests.unit.executor.a_credential import OAUTH2

IDENTITY = "identity-of-the-executors-0123456789abcdef"
CALLS = 50


async def publish_token(bench: Bench, upstream: Upstream, credential: UUID, token: str) -> None:
    await bench.publish_credential(
        token,
        origins=[upstream.url],
        credential_id=credential,
        secrets={"access_token": token},
        type="oauth2",
        public=OAUTH2,
    )


async def test_fifty_calls_with_an_expired_token_make_one_refresh_and_all_of_them_are_done(
    bench: Bench, upstream: Upstream
) -> None:
    """A POST that is answered 401 was not done, so it is repeated as well."""
    credential, asked = uuid4(), list[dict[str, object]]()
    await publish_token(bench, upstream, credential, "expired")

    async def answer(request: web.Request) -> web.Response:
        if request.path == f"/internal/credentials/{credential}/refresh":
            assert request.headers["Authorization"] == f"Bearer {IDENTITY}"
            asked.append(json.loads(await request.read()))
            await publish_token(bench, upstream, credential, "renewed")
            return web.json_response({"refreshed": "renewed", "revision": 1_000_000})
        good = request.headers["Authorization"] == "Bearer renewed"
        return web.json_response({}, status=200 if good else 401)

    upstream.answer = answer
    connector = await bench.publish(upstream.url + "/api", credential_id=credential, method=Method.POST, retries=0)
    bench.settings = bench.settings.model_copy(
        update={"registry_internal_url": upstream.url, "registry_token": SecretStr(IDENTITY)}
    )
    await bench.start_executor()
    events = [await bench.execute(connector) for _ in range(CALLS)]
    results = [await asyncio.wait_for(bench.result(), 60) for _ in range(CALLS)]
    assert {result.execution_id for result in results} == {event.execution_id for event in events}
    assert all(result.success for result in results)
    assert len(asked) == 1
    done = [headers["Authorization"] for _, path, headers, _ in upstream.seen if path == "/api"]
    assert done.count("Bearer renewed") == CALLS
