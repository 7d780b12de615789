"""The pretend API over real connections: in this process, and as a process of its own."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from aiohttp import web

from connectors_local.demo.pretend_api.api import BY_PHONE, DEFAULT_TOKEN, PretendApi, Settings
from connectors_local.demo.pretend_api.granting import AUTHORIZE
from connectors_local.demo.pretend_api.identities import identity_of
from connectors_local.demo.pretend_api.loyalty import CLIENT_ID, CLIENT_SECRET, OFFERS, TOKEN, TOKEN_SECONDS
from connectors_local.ports import free_port
from connectors_local.processes import Supervisor, log_tail

AUTHORIZED = {"Authorization": f"Bearer {DEFAULT_TOKEN}"}
PHONE = "6266958105"
DEADLINE_SECONDS = 20
BAD_LIMITS = ("/limited?perSecond=x", "/limited?headers=x,y", "/flaky?failures=x", "/flaky?retryAfter=soon")


class Clock:
    """Time of the limiter, which moves when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def client(clock: Clock) -> AsyncIterator[httpx2.AsyncClient]:
    api = PretendApi(Settings(latency_ms=0, jitter_ms=0), clock)
    server = web.Server(api.answer, handler_cancellation=True, access_log=None)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10) as client:
        yield client
    await runner.cleanup()


async def look_up(client: httpx2.AsyncClient, phone: str = PHONE) -> httpx2.Response:
    return await client.get(BY_PHONE, params={"phone": phone}, headers=AUTHORIZED)


async def stats(client: httpx2.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/stats")).json()
    return found


async def test_a_number_is_answered_with_its_person(client: httpx2.AsyncClient) -> None:
    response = await look_up(client)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == {"identities": [identity_of(PHONE)]}


@pytest.mark.parametrize("phone", ["+16266958105", "(626) 695-8105", "1 626 695 8105"])
async def test_a_number_may_be_written_as_people_do(client: httpx2.AsyncClient, phone: str) -> None:
    assert (await look_up(client, phone)).json() == {"identities": [identity_of(PHONE)]}


async def test_nobody_is_an_empty_list(client: httpx2.AsyncClient) -> None:
    assert (await look_up(client, "12")).json() == {"identities": []}


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", DEFAULT_TOKEN, f"Basic {DEFAULT_TOKEN}"])
async def test_without_the_token_nobody_is_told_anything(client: httpx2.AsyncClient, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    response = await client.get(BY_PHONE, params={"phone": PHONE}, headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json()["error"]["status"] == 401
    assert "Tayzon" not in response.text


async def test_a_wrong_request_is_answered_as_such(client: httpx2.AsyncClient) -> None:
    assert (await client.get(BY_PHONE, headers=AUTHORIZED)).status_code == 400
    assert (await client.post(BY_PHONE, headers=AUTHORIZED)).status_code == 405
    assert (await client.get("/nothing")).status_code == 404
    assert (await client.post("/healthz")).status_code == 404


async def test_the_truth_is_told_without_being_counted(client: httpx2.AsyncClient) -> None:
    response = await client.get("/identities", params={"phone": [PHONE, "2135550100", "12"]})
    assert response.json()["identities"] == {
        PHONE: identity_of(PHONE),
        "2135550100": identity_of("2135550100"),
        "12": None,
    }
    assert (await stats(client))["total"] == 0


async def test_calls_are_counted_per_number_until_the_reset(client: httpx2.AsyncClient) -> None:
    for phone in (PHONE, PHONE, "2135550100"):
        await look_up(client, phone)
    await client.get(BY_PHONE, params={"phone": PHONE})
    found = await stats(client)
    assert found["calls"] == {PHONE: 3, "2135550100": 1}
    assert found["statuses"] == {"200": 3, "401": 1}
    assert (found["inFlight"], found["maxInFlight"]) == (0, 1)
    await client.post("/stats/reset")
    assert (await stats(client))["total"] == 0


async def test_a_limit_refuses_what_is_beyond_it_and_says_when_to_come_again(
    client: httpx2.AsyncClient, clock: Clock
) -> None:
    await client.post("/settings", json={"ratePerSecond": 2})
    responses = [await look_up(client) for _ in range(3)]
    assert [response.status_code for response in responses] == [200, 200, 429]
    remaining = [response.headers["X-RateLimit-Remaining"] for response in responses]
    assert (responses[0].headers["X-RateLimit-Limit"], remaining) == ("2", ["1", "0", "0"])
    assert responses[2].headers["Retry-After"] == "1"
    answered = parsedate_to_datetime(responses[2].headers["Date"]).timestamp()
    assert 0 <= int(responses[2].headers["X-RateLimit-Reset"]) - answered <= 3
    assert (await stats(client))["limited"] == 1
    clock.seconds += 1
    assert (await look_up(client)).status_code == 200


async def test_keys_have_limits_of_their_own(client: httpx2.AsyncClient) -> None:
    async def call(key: str) -> int:
        return (await client.post("/limited", params={"key": key, "perSecond": 1})).status_code

    assert [await call("a"), await call("a"), await call("b")] == [200, 429, 200]
    assert (await stats(client))["calls"] == {"/limited a": 2, "/limited b": 1}


async def test_the_headers_that_tell_a_quota_can_be_chosen(client: httpx2.AsyncClient) -> None:
    async def refusal(key: str, headers: str) -> set[str]:
        query = {"key": key, "headers": headers}
        await client.get("/limited", params=query)
        response = await client.get("/limited", params=query)
        assert response.status_code == 429
        return {name for name in response.headers if "rate" in name or name == "retry-after"}

    assert await refusal("a", "ietf") == {"ratelimit", "ratelimit-policy"}
    assert await refusal("b", "ietf,retry-after") == {"ratelimit", "ratelimit-policy", "retry-after"}
    assert await refusal("c", "none") == set()


async def test_a_quota_is_lowered_while_calls_go_on_and_given_back(client: httpx2.AsyncClient, clock: Clock) -> None:
    async def allowed(key: str) -> int:
        clock.seconds += 1
        query = {"key": key, "perSecond": 3}
        return sum([(await client.get("/limited", params=query)).status_code == 200 for _ in range(4)])

    assert await allowed("a") == 3
    changed = await client.post("/limited/quota", params={"key": "a", "perSecond": 1})
    assert changed.json() == {"key": "a", "perSecond": 1}
    assert (await allowed("a"), await allowed("b")) == (1, 3)
    await client.post("/limited/quota", params={"key": "a"})
    assert await allowed("a") == 3
    assert (await client.post("/limited/quota", params={"perSecond": "x"})).status_code == 400


async def test_a_flaky_key_fails_so_many_times_and_again_after_a_reset(client: httpx2.AsyncClient) -> None:
    async def call(key: str) -> httpx2.Response:
        return await client.get("/flaky", params={"failures": 2, "key": key, "retryAfter": 3})

    assert [(await call("a")).status_code for _ in range(4)] == [503, 503, 200, 200]
    assert (await call("b")).headers["Retry-After"] == "3"
    assert "Retry-After" not in (await client.get("/flaky?key=c")).headers
    await client.post("/stats/reset")
    assert (await call("a")).status_code == 503


@pytest.mark.parametrize("code", [200, 204, 304, 404, 429, 500, 503, 599])
async def test_any_status_can_be_asked_for(client: httpx2.AsyncClient, code: int) -> None:
    assert (await client.put(f"/status/{code}", content=b"x")).status_code == code


@pytest.mark.parametrize("path", ["/status/99", "/status/600", "/status/x", "/hang?seconds=x", *BAD_LIMITS])
async def test_a_switch_that_makes_no_sense_is_a_bad_request(client: httpx2.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 400


async def test_a_call_that_hangs_is_in_flight_until_its_caller_gives_up(client: httpx2.AsyncClient) -> None:
    async def in_flight(count: int) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (await stats(client))["inFlight"] != count:
                pass

    hanging = asyncio.create_task(client.get("/hang"))
    await in_flight(1)
    hanging.cancel()
    await in_flight(0)
    assert (await stats(client))["calls"] == {"/hang": 1}


async def test_what_hangs_is_released_and_later_calls_hang_again(client: httpx2.AsyncClient) -> None:
    hanging = [asyncio.create_task(client.get("/hang")) for _ in range(3)]
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (await stats(client))["inFlight"] != 3:
            pass
        await client.post("/hang/release")
        assert [response.status_code for response in await asyncio.gather(*hanging)] == [200, 200, 200]
    again = asyncio.create_task(client.get("/hang"))
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (await stats(client))["inFlight"] != 1:
            pass
    assert not again.done()
    again.cancel()


async def test_a_call_that_hangs_so_many_seconds_is_answered_then(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/hang?seconds=0.01")).json() == {"ok": True}


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b'{"unknown": 1}', b'{"latencyMs": -1}', b'{"latencyMs": "x"}'])
async def test_settings_that_are_not_valid_change_nothing(client: httpx2.AsyncClient, body: bytes) -> None:
    assert (await client.post("/settings", content=body)).status_code == 400
    assert (await look_up(client)).status_code == 200


async def test_settings_are_shown_without_the_token(client: httpx2.AsyncClient) -> None:
    response = await client.post("/settings", json={"token": "canary-token", "latencyMs": 1})
    assert response.json() == {"latencyMs": 1.0, "jitterMs": 0.0, "ratePerSecond": None}
    assert (await look_up(client)).status_code == 401


async def test_as_a_process_it_serves_and_ends_when_told(supervisor: Supervisor, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "connectors_local.demo.pretend_api", "--latency-ms", "30", "--jitter-ms", "0"]
    child = supervisor.spawn(
        "pretend-api",
        command,
        log_path=tmp_path / "log",
        environment={"CONNECTORS_PORT": str(port), "CONNECTORS_HOST": "127.0.0.1"},
    )
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not await is_ready(client):
                assert child.running, log_tail(child.log_path)
        response = await look_up(client)
        assert response.json()["identities"][0]["lastName"] == "Tayzon"
        assert response.elapsed.total_seconds() >= 0.029
    child.popen.send_signal(signal.SIGTERM)
    assert await child.wait(DEADLINE_SECONDS)
    assert child.popen.returncode == 0


async def is_ready(client: httpx2.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx2.ConnectError:
        await asyncio.sleep(0.02)
        return False


async def test_offers_want_a_token_of_the_authorization_server_until_it_expires(
    client: httpx2.AsyncClient, clock: Clock
) -> None:
    grant = {"grant_type": "client_credentials", "scope": "offers:read"}
    given = await client.post(TOKEN, data=grant, auth=(CLIENT_ID, CLIENT_SECRET))
    assert (given.status_code, given.headers["cache-control"]) == (200, "no-store")
    token = given.json()
    assert (token["token_type"], token["expires_in"], token["scope"]) == ("Bearer", TOKEN_SECONDS, "offers:read")
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    found = await client.get(OFFERS, params={"creditScore": "775", "state": "CA"}, headers=headers)
    assert found.json() == {"offer": {"name": "Gold", "discountPercent": 15}, "state": "CA"}
    assert (await client.get(OFFERS, params={"creditScore": "many"}, headers=headers)).status_code == 400
    clock.seconds += TOKEN_SECONDS
    assert (await client.get(OFFERS, params={"creditScore": "775"}, headers=headers)).status_code == 401


async def test_a_client_that_is_not_known_gets_no_token(client: httpx2.AsyncClient) -> None:
    grant = {"grant_type": "client_credentials"}
    for wrong in (None, (CLIENT_ID, "guessed"), ("someone", CLIENT_SECRET)):
        assert (await client.post(TOKEN, data=grant, auth=wrong)).json() == {"error": "invalid_client"}
    other = await client.post(TOKEN, data={"grant_type": "password"}, auth=(CLIENT_ID, CLIENT_SECRET))
    assert (other.status_code, other.json()) == (400, {"error": "unsupported_grant_type"})
    assert (await client.get(OFFERS, headers=AUTHORIZED)).status_code == 401


GRANT = {
    "response_type": "code",
    "client_id": CLIENT_ID,
    "redirect_uri": "http://127.0.0.1:8080/api/oauth/callback",
    "state": "the-state",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
"""And its challenge: those of RFC 7636, appendix B."""


async def decided(client: httpx2.AsyncClient, decision: str) -> dict[str, str]:
    """What the person who decides brings back."""
    answer = await client.post(AUTHORIZE, params=GRANT, data={"decision": decision})
    assert answer.status_code == 303
    location = urlsplit(answer.headers["Location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == GRANT["redirect_uri"]
    return dict(parse_qsl(location.query))


async def exchanged(client: httpx2.AsyncClient, **form: str) -> httpx2.Response:
    return await client.post(TOKEN, data=form, auth=(CLIENT_ID, CLIENT_SECRET))


async def test_a_person_grants_access_with_a_code_that_is_good_once(client: httpx2.AsyncClient) -> None:
    assert "Allow" in (await client.get(AUTHORIZE, params=GRANT)).text
    back = await decided(client, "allow")
    assert back["state"] == "the-state"
    form = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": GRANT["redirect_uri"]}
    granted = (await exchanged(client, **form, code_verifier=VERIFIER)).json()
    found = await client.get(OFFERS, params={"creditScore": "775"}, headers=bearer_of(granted))
    assert found.status_code == 200
    assert (await exchanged(client, **form, code_verifier=VERIFIER)).json() == {"error": "invalid_grant"}
    refresh = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    assert (await exchanged(client, **refresh)).json()["refresh_token"] != granted["refresh_token"]
    assert (await exchanged(client, **refresh)).status_code == 400


async def test_nothing_is_granted_without_the_proof_key_or_by_who_says_no(client: httpx2.AsyncClient) -> None:
    assert await decided(client, "deny") == {"state": "the-state", "error": "access_denied"}
    code = (await decided(client, "allow"))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": GRANT["redirect_uri"]}
    assert (await exchanged(client, **form, code_verifier="another")).json() == {"error": "invalid_grant"}
    for wrong in ({"redirect_uri": "https://elsewhere.example/api/oauth/callback"}, {"code_challenge_method": "plain"}):
        assert (await client.get(AUTHORIZE, params=GRANT | wrong)).status_code == 400


def bearer_of(granted: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {granted['access_token']}"}
