"""A person is sent to a provider and comes back: once, in time, and for the credential as it was."""

import base64
import hashlib
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2
import pytest

from connector_registry.access.memory import InMemoryApiKeyStore
from connector_registry.actions.memory import InMemoryActions
from connector_registry.api import assemble
from connector_registry.connectors.memory import InMemoryConnectorStore
from connector_registry.credentials.port import Credential
from connector_registry.drafts.memory import InMemoryDraftStore
from connector_registry.examples.memory import InMemoryExampleStore
from connector_registry.executions.memory import InMemoryExecutionTerms
from connector_registry.grants.memory import InMemoryGrantStore
from connector_registry.health.memory import InMemoryFacts
from connector_registry.history.measure_memory import InMemoryMeasures
from connector_registry.history.memory import InMemoryReading
from connector_registry.history.recording.memory import InMemoryHistory
from connector_registry.oauth.memory import InMemorySignInStore
from connector_registry.oauth.signing_in import CALLBACK, SignIns
from connector_registry.settings import Settings
from connector_registry.workspaces.memory import InMemoryWorkspaceStore
from connectors_shared.contract.credential import CredentialStatus
from tests.tokens import EDITOR, bearer
from tests.unit.registry.conftest import JWT_SECRET, documented_in
from tests.unit.registry.oauth.a_provider import RotatingProvider
from tests.unit.registry.oauth.scene import BY_PEOPLE, CLIENT, WORKSPACE, Scene, Told

HERE = "https://connectors.example"
CONSOLE = "https://console.example"


@pytest.fixture
def provider() -> RotatingProvider:
    return RotatingProvider(codes={"the-code"})


@pytest.fixture
def scene(provider: RotatingProvider) -> Scene:
    return Scene(provider)


@pytest.fixture
def sign_ins(scene: Scene) -> InMemorySignInStore:
    return InMemorySignInStore(scene.shelf)


@pytest.fixture
async def browser(
    scene: Scene, sign_ins: InMemorySignInStore, settings: Settings, document: dict[str, object]
) -> AsyncIterator[httpx2.AsyncClient]:
    """At the registry, signed in as an editor."""
    store, workspaces = InMemoryConnectorStore(scene.outgoing), InMemoryWorkspaceStore(scene.outgoing)
    app = assemble(
        settings,
        scene.keyring,
        store,
        scene.shelf,
        Told(),
        scene.outgoing.answers,
        workspaces=workspaces,
        grants=InMemoryGrantStore(scene.outgoing),
        api_keys=InMemoryApiKeyStore(),
        examples=InMemoryExampleStore(scene.outgoing),
        drafts=InMemoryDraftStore(),
        trail=scene.outgoing.trail,
        notices=scene.outgoing.notices,
        facts=InMemoryFacts(),
        history=InMemoryReading(InMemoryHistory()),
        measures=InMemoryMeasures(InMemoryHistory()),
        actions=InMemoryActions(),
        terms=InMemoryExecutionTerms(store, workspaces),
        clock=scene.clock,
        metrics=scene.metrics,
        sign_ins=SignIns(sign_ins, scene.refresher(), scene.book, scene.clock, HERE + "/", frozenset({CONSOLE})),
    )
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app),
        base_url=HERE,
        headers=bearer(JWT_SECRET, WORKSPACE, EDITOR),
        event_hooks={"response": [documented_in(document)]},
    ) as client:
        yield client


async def sent(
    browser: httpx2.AsyncClient, credential: Credential, origin: str | None = None, **query: str
) -> dict[str, str]:
    """What the provider is asked for when a person is sent there."""
    headers = {"Origin": origin} if origin else {}
    answer = await browser.post(f"/api/credentials/{credential.id}/authorize", headers=headers, params=query)
    assert answer.status_code == 200, answer.text
    url = answer.json()["url"]
    assert url.startswith(BY_PEOPLE["authorize_url"] + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def back(browser: httpx2.AsyncClient, **query: str) -> httpx2.Response:
    """Without any token: browsers come from the provider."""
    browser.headers.pop("Authorization", None)
    return await browser.get(CALLBACK, params=query)


def told(page: httpx2.Response) -> tuple[dict[str, object], str] | None:
    """What is told to which origin."""
    found = re.search(r"postMessage\((\{.*\}), (\".*\")\);", page.text)
    return (json.loads(found[1]), json.loads(found[2])) if found else None


async def test_who_comes_back_with_a_code_has_connected_it(
    browser: httpx2.AsyncClient, scene: Scene, provider: RotatingProvider
) -> None:
    credential = scene.put(BY_PEOPLE)
    asked = await sent(browser, credential, CONSOLE)
    assert asked["redirect_uri"] == HERE + CALLBACK
    page = await back(browser, state=asked["state"], code="the-code")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    message, origin = told(page) or ({}, "")
    assert (message["credentialId"], message["connected"], origin) == (str(credential.id), True, CONSOLE)
    [exchange] = provider.asked
    verifier = exchange.parameters["code_verifier"].encode()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
    assert (asked["code_challenge"], exchange.parameters["redirect_uri"]) == (challenge, asked["redirect_uri"])
    fact = scene.facts()[-1]
    assert (fact.status, scene.access_token(fact)) == (CredentialStatus.OK, "access-1")
    assert scene.refresh_token(credential) == provider.refresh_token()


async def test_a_stale_credential_is_good_again_when_it_is_connected_again(
    browser: httpx2.AsyncClient, scene: Scene, provider: RotatingProvider
) -> None:
    credential = scene.connected("refresh-of-long-ago")
    await scene.refresher().renew_due()
    path = f"/api/credentials/{credential.id}"
    shown = (await browser.get(path)).json()
    assert (shown["status"], shown["token"]["state"]) == ("stale", "stale")
    assert shown["token"]["why"] == "The provider answered 400: invalid_grant."
    authorization = browser.headers["Authorization"]
    asked = await sent(browser, credential)
    assert (await back(browser, state=asked["state"], code="the-code")).status_code == 200
    shown = (await browser.get(path, headers={"Authorization": authorization})).json()
    assert (shown["status"], shown["token"]["state"], shown["token"]["why"]) == ("ok", "ok", None)
    assert shown["token"]["connected_by"]


async def test_a_state_is_good_once(browser: httpx2.AsyncClient, scene: Scene, provider: RotatingProvider) -> None:
    asked = await sent(browser, scene.put(BY_PEOPLE))
    provider.codes.add("another-code")
    assert (await back(browser, state=asked["state"], code="the-code")).status_code == 200
    again = await back(browser, state=asked["state"], code="another-code")
    assert (again.status_code, len(provider.asked)) == (400, 1)
    assert "used already" in again.text


async def test_a_state_expires_and_cannot_be_guessed(
    browser: httpx2.AsyncClient, scene: Scene, provider: RotatingProvider
) -> None:
    asked = await sent(browser, scene.put(BY_PEOPLE))
    scene.clock.passes(601)
    for state in (asked["state"], "another", ""):
        assert (await back(browser, state=state, code="the-code")).status_code == 400
    assert provider.asked == []


async def test_what_is_kept_of_a_state_does_not_tell_it(
    browser: httpx2.AsyncClient, scene: Scene, sign_ins: InMemorySignInStore
) -> None:
    asked = await sent(browser, scene.put(BY_PEOPLE))
    [kept] = sign_ins.sign_ins.values()
    assert asked["state"] not in str(kept.state_hash) + kept.verifier + repr(kept)


@pytest.mark.parametrize("origin", [HERE, CONSOLE, None])
async def test_it_ends_in_the_browser_that_it_began_in(
    browser: httpx2.AsyncClient, scene: Scene, provider: RotatingProvider, origin: str | None
) -> None:
    """Whoever sends the address to somebody else gets nothing of theirs."""
    asked = await sent(browser, scene.put(BY_PEOPLE), origin)
    browser.cookies.clear()
    page = await back(browser, state=asked["state"], code="the-code")
    assert (page.status_code, provider.asked) == (400, [])
    assert "not started in this browser" in page.text


@pytest.mark.parametrize(("origin", "same_site"), [(HERE, "lax"), (CONSOLE, "none")])
async def test_the_browser_that_it_began_in_is_known_by_a_cookie_that_no_script_reads(
    browser: httpx2.AsyncClient, scene: Scene, origin: str, same_site: str
) -> None:
    answer = await browser.post(f"/api/credentials/{scene.put(BY_PEOPLE).id}/authorize", headers={"Origin": origin})
    cookie = answer.headers["set-cookie"].lower()
    assert {"httponly", "secure", f"samesite={same_site}", f"path={CALLBACK}"} <= set(cookie.split("; "))
    assert (answer.headers.get("Access-Control-Allow-Credentials") == "true") or origin == HERE
    [state] = parse_qs(urlsplit(answer.json()["url"]).query)["state"]
    assert (await back(browser, state=state, code="the-code")).status_code == 200


async def test_several_go_on_in_one_browser(browser: httpx2.AsyncClient, scene: Scene) -> None:
    first, second = [await sent(browser, scene.put(BY_PEOPLE)) for _ in range(2)]
    for asked in (first, second):
        page = await back(browser, state=asked["state"], error="access_denied")
        assert "did not grant it (access_denied)" in page.text


async def test_nobody_else_is_told(browser: httpx2.AsyncClient, scene: Scene) -> None:
    asked = await sent(browser, scene.put(BY_PEOPLE), "https://elsewhere.example")
    page = await back(browser, state=asked["state"], code="the-code")
    assert (page.status_code, told(page)) == (200, None)
    assert "<script" not in page.text


async def test_a_credential_that_was_changed_meanwhile_is_not_connected(
    browser: httpx2.AsyncClient, scene: Scene, provider: RotatingProvider
) -> None:
    credential = scene.put(BY_PEOPLE)
    asked = await sent(browser, credential)
    stored = scene.present(credential)
    elsewhere = stored.changed("me", scene.clock.now(), allowed_origins=["https://elsewhere.example"])
    await scene.shelf.replace(elsewhere, stored)
    page = await back(browser, state=asked["state"], code="the-code")
    assert (page.status_code, provider.asked) == (400, [])


async def test_the_credential_of_a_deleted_connector_is_not_connected(
    browser: httpx2.AsyncClient, scene: Scene, provider: RotatingProvider
) -> None:
    credential = scene.put(BY_PEOPLE)
    asked = await sent(browser, credential)
    stored = scene.present(credential)
    assert stored.token is not None
    scene.shelf.credentials[stored.id] = replace(stored, token=replace(stored.token, withdrawn=True))
    told_before = len(scene.facts())
    assert (await browser.post(f"/api/credentials/{credential.id}/authorize")).status_code == 404
    page = await back(browser, state=asked["state"], code="the-code")
    assert (page.status_code, provider.asked, len(scene.facts())) == (400, [], told_before)


async def test_what_a_provider_says_is_never_part_of_the_page(browser: httpx2.AsyncClient, scene: Scene) -> None:
    asked = await sent(browser, scene.put(BY_PEOPLE), CONSOLE)
    page = await back(browser, state=asked["state"], error="</script><script>alert(1)//")
    assert page.status_code == 400
    assert "<script>" not in page.text
    assert page.text.count("</script>") == 1
    nonce = re.search(r"script-src 'nonce-([\w-]+)'", page.headers["content-security-policy"])
    assert nonce is not None
    assert page.text.count("<script") == page.text.count(f'<script nonce="{nonce[1]}">') == 1
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


async def test_a_code_that_the_provider_refuses_changes_nothing(browser: httpx2.AsyncClient, scene: Scene) -> None:
    credential = scene.connected("refresh-0")
    asked = await sent(browser, credential)
    page = await back(browser, state=asked["state"], code="a-wrong-code")
    assert page.status_code == 400
    assert "invalid_grant" in page.text
    assert scene.refresh_token(credential) == "refresh-0"


async def test_only_what_people_authorize_is_connected(browser: httpx2.AsyncClient, scene: Scene) -> None:
    answer = await browser.post(f"/api/credentials/{scene.put(CLIENT).id}/authorize")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-connected-by-people")
    assert (await browser.post(f"/api/credentials/{uuid4()}/authorize")).status_code == 404


async def test_the_registry_says_what_is_missing_when_nobody_can_come_back(client: httpx2.AsyncClient) -> None:
    answer = await client.post(f"/api/credentials/{uuid4()}/authorize")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/sign-ins-off")
    assert "CONNECTORS_PUBLIC_URL" in answer.json()["detail"]


async def test_without_a_window_that_waits_the_page_of_ours_goes_on(browser: httpx2.AsyncClient, scene: Scene) -> None:
    asked = await sent(browser, scene.put(BY_PEOPLE), HERE, return_to="/tools/credentials?x=1&y=%2F")
    page = await back(browser, state=asked["state"], code="the-code")
    assert 'location.replace("/tools/credentials?x=1\\u0026y=%2F");' in page.text
    assert 'sessionStorage.setItem("connectors.oauth", ' in page.text
    assert '<a href="/tools/credentials?x=1&amp;y=%2F">' in page.text
    assert "window.close" not in page.text


async def test_nobody_is_led_to_another_origin(browser: httpx2.AsyncClient, scene: Scene) -> None:
    credential = scene.put(BY_PEOPLE)
    for wrong in ("//elsewhere.example/x", "/\\elsewhere.example", "https://elsewhere.example", "/a\\b", "/a\n"):
        answer = await browser.post(
            f"/api/credentials/{credential.id}/authorize", headers={"Origin": HERE}, params={"return_to": wrong}
        )
        assert answer.status_code == 422, wrong
    asked = await sent(browser, credential, CONSOLE, return_to="/tools/credentials")
    page = await back(browser, state=asked["state"], code="the-code")
    assert "location.replace" not in page.text
    assert told(page) is not None


async def test_pages_of_the_registry_hear_of_it_though_a_provider_cut_the_tie(
    browser: httpx2.AsyncClient, scene: Scene
) -> None:
    asked = await sent(browser, scene.put(BY_PEOPLE), HERE)
    page = await back(browser, state=asked["state"], code="the-code")
    assert f'if (location.origin === "{HERE}") new BroadcastChannel("connectors.oauth")' in page.text
