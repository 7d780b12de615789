"""Where a secret may go, and how a credential that changes reaches what runs and what waits."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import unquote
from uuid import UUID, uuid4

import pytest
from aiohttp import web

from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.failure import FailureType
from tests.integration.executor.conftest import Bench, Upstream
from tests.integration.executor.test_parking import until_parked, until_state
from tests.unit.executor.a_credential import OAUTH2

SECRET = "canary-5f2d-of-the-credential"


@pytest.fixture
async def stranger() -> AsyncIterator[Upstream]:
    """A host of somebody who would like to read the secret."""
    upstream = Upstream()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", upstream.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    upstream.port = runner.addresses[0][1]
    yield upstream
    await runner.cleanup()


async def reachable(bench: Bench, *upstreams: Upstream) -> None:
    grants = ",".join(f"127.0.0.1:{upstream.port}" for upstream in upstreams)
    bench.settings = bench.settings.model_copy(update={"egress_grants": grants})
    await bench.start_executor()


def tokens(upstream: Upstream) -> list[str]:
    return [headers["Authorization"] for _, _, headers, _ in upstream.seen]


async def until_version(bench: Bench, connector: UUID, version: int) -> None:
    async with asyncio.timeout(20), bench.internal() as http:
        while (await http.get(f"/internal/connectors/{connector}/status")).json()["version"] != version:
            await asyncio.sleep(0.02)


async def outcome(bench: Bench) -> ConnectorResult:
    return await asyncio.wait_for(bench.result(), 20)


async def test_a_connector_that_is_pointed_elsewhere_takes_no_secret_there(
    bench: Bench, upstream: Upstream, stranger: Upstream
) -> None:
    credential = await bench.publish_credential(SECRET, origins=[upstream.url], secrets={"header/x-signature": SECRET})
    secret_header = [{"key": "X-Signature", "valueType": "secret"}]
    connector = await bench.publish(
        upstream.url + "/mine", credential_id=credential, secrets_id=credential, headers=secret_header
    )
    await reachable(bench, upstream, stranger)
    await bench.execute(connector)
    assert (await outcome(bench)).success
    assert tokens(upstream) == [f"Bearer {SECRET}"]
    assert upstream.seen[0][2]["X-Signature"] == SECRET
    for number, secrets_id in enumerate((credential, None), 2):
        headers = secret_header if secrets_id else []
        await bench.publish(
            stranger.url + "/steal",
            version=number,
            connector_id=connector,
            credential_id=credential,
            secrets_id=secrets_id,
            headers=headers,
        )
        await until_version(bench, connector, number)
        await bench.execute(connector)
        result = await outcome(bench)
        assert result.error is not None
        assert (result.error.type, result.error.message) == (
            FailureType.CREDENTIAL_UNUSABLE,
            f"The credential may not be sent to {stranger.url}.",
        )
    assert stranger.seen == []


async def test_an_origin_that_somebody_adds_to_the_message_opens_nothing(
    bench: Bench, upstream: Upstream, stranger: Upstream
) -> None:
    credential = await bench.publish_credential(SECRET, origins=[upstream.url], allowed_origins=[stranger.url])
    connector = await bench.publish(stranger.url, credential_id=credential)
    await reachable(bench, upstream, stranger)
    await bench.execute(connector)
    result = await outcome(bench)
    assert result.error is not None
    assert result.error.type is FailureType.CREDENTIAL_UNUSABLE
    assert stranger.seen == []


async def test_a_rotated_credential_reaches_an_execution_at_its_next_attempt(bench: Bench, upstream: Upstream) -> None:
    credential = await bench.publish_credential("the-old-token", origins=[upstream.url])
    connector = await bench.publish(upstream.url, credential_id=credential, retries=2)

    async def answer(request: web.Request) -> web.Response:
        if len(upstream.seen) == 1:
            await bench.publish_credential("the-new-token", origins=[upstream.url], credential_id=credential)
            await bench.publish(upstream.url, version=2, connector_id=connector, credential_id=credential)
            await until_version(bench, connector, 2)
        return web.json_response({}, status=200 if "new" in request.headers["Authorization"] else 503)

    upstream.answer = answer
    await bench.start_executor()
    await bench.execute(connector)
    assert (await outcome(bench)).success
    assert tokens(upstream) == ["Bearer the-old-token", "Bearer the-new-token"]


async def test_what_is_parked_for_a_stale_credential_goes_when_it_is_replaced(bench: Bench, upstream: Upstream) -> None:
    credential = await bench.publish_credential("old", origins=[upstream.url], status="stale")
    connectors = [await bench.publish(upstream.url, credential_id=credential) for _ in range(2)]
    await bench.start_executor()
    asked = {(await bench.execute(connector)).execution_id for connector in connectors}
    await until_parked(bench, 2)
    assert upstream.seen == []
    await bench.publish_credential("new", origins=[upstream.url], credential_id=credential)
    assert {(await outcome(bench)).execution_id, (await outcome(bench)).execution_id} == asked
    assert set(tokens(upstream)) == {"Bearer new"}


async def test_a_connector_waits_for_a_credential_that_has_not_come(bench: Bench, upstream: Upstream) -> None:
    credential = uuid4()
    connector = await bench.publish(upstream.url, credential_id=credential)
    await bench.start_executor()
    event = await bench.execute(connector)
    await until_parked(bench, 1)
    await until_state(bench, connector, "credential_missing")
    await bench.publish_credential("late", origins=[upstream.url], credential_id=credential)
    assert (await outcome(bench)).execution_id == event.execution_id
    assert tokens(upstream) == ["Bearer late"]


async def test_a_token_that_does_not_come_is_not_waited_for_for_days(bench: Bench, upstream: Upstream) -> None:
    credential = await bench.publish_credential("", origins=[upstream.url], type="oauth2", public=OAUTH2, sealed={})
    connector = await bench.publish(upstream.url, credential_id=credential, parking={"maxWaitSeconds": 2})
    await bench.start_executor()
    event = await bench.execute(connector)
    await until_state(bench, connector, "token_missing")
    result = await outcome(bench)
    assert (result.execution_id, upstream.seen) == (event.execution_id, [])
    assert result.error is not None
    assert (result.error.type, result.error.retryable) == (FailureType.UPSTREAM_UNAVAILABLE, True)
    assert "access token" in result.error.message


async def test_an_api_that_repeats_what_it_was_sent_tells_nobody(
    bench: Bench, upstream: Upstream, capfd: pytest.CaptureFixture[str]
) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.json_response({"headers": dict(request.headers), "address": request.path_qs})

    upstream.answer = echo
    secrets = {"header/x-signature": 'signed by us: "quoted"', "query/key": "a key/with signs"}
    credential = await bench.publish_credential(SECRET, origins=[upstream.url], secrets=secrets)
    connector = await bench.publish(
        upstream.url,
        credential_id=credential,
        secrets_id=credential,
        headers=[{"key": "X-Signature", "valueType": "secret"}],
        query_params=[{"key": "key", "valueType": "secret"}],
    )
    await bench.start_executor()
    await bench.execute(connector)
    result = await outcome(bench)
    [(_, address, headers, _)] = upstream.seen
    assert (headers["X-Signature"], unquote(address)) == (secrets["header/x-signature"], "/?key=a key/with signs")
    assert result.data["headers"]["Authorization"] == "Bearer ••••"
    assert result.data["headers"]["X-Signature"] == "••••"
    assert result.data["address"] == "/?key=••••"
    said = "".join(capfd.readouterr())
    for hidden in (SECRET, *secrets.values()):
        assert hidden not in said
        assert hidden.encode() not in bench.results[0]
