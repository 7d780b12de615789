"""One request for each token, whoever asks; what is given is saved before anybody hears of it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from connector_registry.credentials.port import Credential, Token, TokenState
from connector_registry.oauth.memory import InMemorySignInStore
from connector_registry.oauth.port import Due, Refused, Unavailable
from connector_registry.oauth.signing_in import GOOD_FOR, SignIn
from connectors_shared.contract.credential import CredentialStatus
from connectors_shared.contract.refresh import Refreshed
from tests.unit.registry.oauth.a_provider import RotatingProvider
from tests.unit.registry.oauth.scene import BY_PEOPLE, CLIENT, NOW, WORKSPACE, Scene


def token_of(scene: Scene, credential: Credential) -> Token:
    token = scene.present(credential).token
    assert token is not None
    return token


async def test_a_client_gets_its_token_and_executors_are_told_only_that() -> None:
    scene = Scene(RotatingProvider())
    scene.put(CLIENT)
    await scene.refresher().renew_due()
    before, after = scene.facts()
    assert (before.revision, before.sealed, before.status) == (1, {}, CredentialStatus.OK)
    assert (after.revision, after.sealed.keys(), after.status) == (2, {"access_token"}, CredentialStatus.OK)
    assert scene.access_token(after) == "access-1"
    assert "secret-of" not in after.to_json().decode()


async def test_it_is_renewed_before_it_expires_and_not_much_earlier() -> None:
    provider = RotatingProvider(lifetime_seconds=1000)
    scene = Scene(provider)
    scene.put(CLIENT)
    refresher = scene.refresher()
    await refresher.renew_due()
    for passes, issued in ((749, 1), (152, 2)):
        scene.clock.passes(passes)
        await refresher.renew_due()
        assert provider.issued == issued


async def test_two_hundred_callers_in_two_processes_make_one_request() -> None:
    provider = RotatingProvider()
    scene = Scene(provider)
    credential = scene.connected(provider.connect())
    here, there = scene.refresher(), scene.refresher()
    revision = scene.present(credential).fact_revision
    asks = [each.refresh(WORKSPACE, credential.id, revision) for each in (here, there) * 100]
    found = await asyncio.gather(*asks, here.renew_due(), there.renew_due())
    assert len(provider.asked) == 1
    assert {outcome.refreshed for outcome in found if outcome} == {Refreshed.RENEWED}
    assert {outcome.revision for outcome in found if outcome} == {revision + 1}
    assert provider.alive
    assert scene.refresh_token(credential) == provider.refresh_token()


async def test_the_new_refresh_token_is_saved_before_the_access_token_is_told() -> None:
    provider = RotatingProvider()
    scene = Scene(provider)
    credential = scene.connected(provider.connect())
    told = len(scene.outgoing.messages)

    async def not_told_yet() -> None:
        assert len(scene.outgoing.messages) == told

    provider.after = not_told_yet
    await scene.refresher().renew_due()
    assert scene.refresh_token(credential) == provider.refresh_token()
    assert scene.access_token(scene.facts()[-1]) == "access-1"


class KilledError(Exception):
    """The process ends here: whatever comes after it is not done."""


async def killed() -> None:
    raise KilledError


@pytest.mark.parametrize("step", ["before", "after"])
@pytest.mark.parametrize("grace", [0, 1])
async def test_a_process_that_is_killed_on_the_way_costs_the_grant_only_where_the_provider_has_no_grace(
    step: str, grace: int
) -> None:
    provider = RotatingProvider(grace=grace)
    scene = Scene(provider)
    credential = scene.connected(provider.connect())
    setattr(provider, step, killed)
    await scene.refresher().renew_due()
    provider.before = provider.after = RotatingProvider().before
    await scene.refresher().renew_due()
    assert len(provider.asked) == 1, "others are due, too"
    scene.clock.passes(61)
    await scene.refresher().renew_due()
    lost = step == "after" and grace == 0
    assert (token_of(scene, credential).state is TokenState.STALE) is lost
    assert provider.alive is not lost


@pytest.mark.parametrize("grace", [0, 1])
async def test_an_answer_that_is_lost_is_asked_for_once_more_soon(grace: int) -> None:
    provider = RotatingProvider(grace=grace)
    scene = Scene(provider)
    credential = scene.connected(provider.connect())

    async def rotates_and_is_not_heard() -> None:
        provider.away = None
        provider._answer(provider.asked[-1])
        provider.away = Unavailable("The token endpoint gave no answer.", unanswered=True)

    provider.before = rotates_and_is_not_heard
    refresher = scene.refresher()
    await refresher.renew_due()
    assert token_of(scene, credential).unanswered_at is not None
    assert scene.access_token(scene.facts()[-1]) == "access-0", "it has not expired"
    provider.before, provider.away = RotatingProvider().before, None
    scene.clock.passes(2)
    await refresher.renew_due()
    token = token_of(scene, credential)
    if grace:
        assert (token.state, token.unanswered_at) == (TokenState.OK, None)
        assert scene.refresh_token(credential) == provider.refresh_token()
    else:
        assert token.state is TokenState.STALE
        assert "lost on its way" in (token.why or "")


async def test_a_dead_grant_is_told_as_stale_and_asked_for_no_more() -> None:
    provider = RotatingProvider(alive=False)
    scene = Scene(provider)
    credential = scene.connected("refresh-0")
    refresher = scene.refresher()
    await refresher.renew_due()
    assert scene.facts()[-1].status is CredentialStatus.STALE
    assert scene.facts()[-1].sealed == {}
    assert scene.present(credential).stale_because == "The provider answered 400: invalid_grant."
    scene.clock.passes(3 * 86_400)
    await refresher.renew_due()
    assert len(provider.asked) == 1


async def test_a_provider_that_is_away_is_asked_again_ever_later_and_the_token_serves_until_it_expires() -> None:
    provider = RotatingProvider(away=Unavailable("The provider answered 503."))
    scene = Scene(provider)
    credential = scene.connected(provider.connect())
    refresher = scene.refresher()
    for asked in (1, 2, 3):
        await refresher.renew_due()
        await refresher.renew_due()
        assert len(provider.asked) == asked
        assert scene.access_token(scene.facts()[-1]) == "access-0"
        scene.clock.passes(2.0**asked)
    scene.clock.passes(400)
    await refresher.renew_due()
    assert scene.facts()[-1].status is CredentialStatus.OK
    assert scene.access_token(scene.facts()[-1]) is None, "it has expired: calls wait"
    provider.away = None
    scene.clock.passes(400)
    await refresher.renew_due()
    assert scene.access_token(scene.facts()[-1]) == "access-1"
    assert token_of(scene, credential).failures == 0


async def test_what_the_provider_asks_for_is_kept_to() -> None:
    provider = RotatingProvider(away=Unavailable("The provider answered 429.", asked_seconds=120))
    scene = Scene(provider)
    scene.put(CLIENT)
    refresher = scene.refresher()
    for passes, asked in ((0, 1), (119, 1), (1, 2)):
        scene.clock.passes(passes)
        await refresher.renew_due()
        assert len(provider.asked) == asked


async def test_a_new_token_that_an_api_refuses_is_not_the_fault() -> None:
    provider = RotatingProvider()
    scene = Scene(provider)
    credential = scene.put(CLIENT)
    refresher = scene.refresher()
    await refresher.renew_due()
    revision = scene.present(credential).fact_revision
    outcome = await refresher.refresh(WORKSPACE, credential.id, revision)
    assert (outcome.refreshed, len(provider.asked)) == (Refreshed.FRESH, 1)
    scene.clock.passes(31)
    outcome = await refresher.refresh(WORKSPACE, credential.id, revision)
    assert (outcome.refreshed, outcome.revision, len(provider.asked)) == (Refreshed.RENEWED, revision + 1, 2)
    again = await refresher.refresh(WORKSPACE, credential.id, revision)
    assert (again, len(provider.asked)) == (outcome, 2), "who comes late is told of what there is by now"


async def test_a_token_that_an_api_refuses_is_withdrawn_when_there_is_no_other() -> None:
    provider = RotatingProvider(away=Unavailable("The provider answered 503."))
    scene = Scene(provider)
    credential = scene.connected(provider.connect())
    revision = scene.present(credential).fact_revision
    outcome = await scene.refresher().refresh(WORKSPACE, credential.id, revision)
    assert (outcome.refreshed, outcome.revision) == (Refreshed.LATER, revision + 1)
    assert scene.facts()[-1].sealed == {}


async def test_nobody_is_connected_by_itself() -> None:
    provider = RotatingProvider()
    scene = Scene(provider)
    credential = scene.put(CLIENT | {"grant_type": "authorization_code", "authorize_url": "https://a.example/b"})
    assert scene.facts()[-1].status is CredentialStatus.STALE
    await scene.refresher().renew_due()
    outcome = await scene.refresher().refresh(WORKSPACE, credential.id, 1)
    assert (outcome.refreshed, provider.asked) == (Refreshed.STALE, [])


async def test_the_token_of_another_client_is_not_told() -> None:
    """Who changes where tokens go, or who asks for them, does not get those that others have granted."""
    provider = RotatingProvider()
    scene = Scene(provider)
    credential = scene.connected(provider.connect())
    elsewhere = replace(scene.present(credential), allowed_origins=["https://elsewhere.example"], revision=2)
    scene.shelf.save(elsewhere)
    assert (scene.facts()[-1].sealed, scene.facts()[-1].status) == ({}, CredentialStatus.STALE)
    await scene.refresher().renew_due()
    assert provider.asked == []
    assert scene.present(credential).stale_because == "It was changed since it was connected."


async def test_a_client_that_is_refused_is_tried_again_when_it_has_another_secret() -> None:
    provider = RotatingProvider(away=Refused("The provider answered 401: invalid_client."))
    scene = Scene(provider)
    credential = scene.put(CLIENT)
    refresher = scene.refresher()
    await refresher.renew_due()
    stored = scene.present(credential)
    assert (stored.present_status, stored.stale_because) == (
        CredentialStatus.STALE,
        "The provider answered 401: invalid_client.",
    )
    provider.away = None
    sealed = scene.book.filled(stored, ["client_secret"], {"client_secret": "another-secret"}, None, {}).sealed
    changed = stored.changed("me", scene.clock.now(), sealed=sealed)
    await scene.shelf.replace(changed, stored)
    scene.clock.at = max(scene.clock.at, token_of(scene, credential).due_at or scene.clock.at)
    await refresher.renew_due()
    assert scene.present(credential).present_status is CredentialStatus.OK


async def test_who_asks_may_go_away_and_the_answer_is_saved_nevertheless() -> None:
    provider = RotatingProvider()
    scene = Scene(provider)
    credential = scene.connected(provider.connect())
    asked, answers = asyncio.Event(), asyncio.Event()

    async def in_its_time() -> None:
        asked.set()
        await answers.wait()

    provider.before = in_its_time
    refresher = scene.refresher()
    async with refresher.finishing():
        caller = asyncio.create_task(refresher.refresh(WORKSPACE, credential.id, 1))
        await asked.wait()
        caller.cancel()
        answers.set()
    assert scene.refresh_token(credential) == provider.refresh_token()


async def test_one_that_stops_begins_no_more_requests_and_saves_the_answers_of_those_under_way() -> None:
    provider = RotatingProvider()
    scene = Scene(provider)
    credentials = [scene.put(CLIENT) for _ in range(12)]
    to_connect = scene.put(BY_PEOPLE)
    answers = asyncio.Event()
    begun = asyncio.Event()

    async def in_its_time() -> None:
        begun.set()
        await answers.wait()

    provider.before = in_its_time
    refresher = scene.refresher()
    code = {"grant_type": "authorization_code", "code": "the-code"}
    async with refresher.finishing():
        callers = [asyncio.create_task(refresher.refresh(WORKSPACE, one.id, 1)) for one in credentials]
        await begun.wait()
        person = asyncio.create_task(refresher.connect(to_connect, code, "me"))
        await asyncio.sleep(0)
        under_way = len(provider.asked)
        asyncio.get_running_loop().call_soon(answers.set)
    assert len(provider.asked) == under_way < len(credentials)
    outcomes = [outcome.refreshed for outcome in await asyncio.gather(*callers)]
    assert (outcomes.count(Refreshed.RENEWED), outcomes.count(Refreshed.LATER)) == (under_way, 12 - under_way)
    assert isinstance(await person, Unavailable)
    assert sum(token_of(scene, one).state is TokenState.OK for one in credentials) == under_way


@pytest.mark.parametrize(("refresh_token", "why"), [(None, "no refresh token"), ("k9.broken", "cannot be opened")])
async def test_one_that_cannot_be_renewed_serves_until_it_expires_and_is_stale_then(
    refresh_token: str | None, why: str
) -> None:
    provider = RotatingProvider()
    scene = Scene(provider)
    credential = scene.connected(provider.connect())
    scene.shelf.save(replace(credential, token=replace(token_of(scene, credential), refresh_token=refresh_token)))
    refresher = scene.refresher()
    await refresher.renew_due()
    assert scene.access_token(scene.facts()[-1]) == "access-0"
    scene.clock.passes(300)
    await refresher.renew_due()
    assert (scene.facts()[-1].status, scene.facts()[-1].sealed) == (CredentialStatus.STALE, {})
    assert why in (scene.present(credential).stale_because or "")
    assert token_of(scene, credential).due_at is None


async def test_one_with_the_shortest_life_is_renewed_once_a_minute() -> None:
    provider = RotatingProvider(lifetime_seconds=0.001)
    scene = Scene(provider)
    scene.put(CLIENT)
    refresher = scene.refresher()
    for passes, asked in ((0, 1), (59, 1), (1, 2)):
        scene.clock.passes(passes)
        await refresher.renew_due()
        assert len(provider.asked) == asked


async def test_a_refusal_that_meets_a_renewal_which_finds_nothing_to_do_is_asked_for_by_itself() -> None:
    provider = RotatingProvider()
    scene = Scene(provider)
    credential = scene.put(CLIENT)
    refresher = scene.refresher()
    await refresher.renew_due()
    scene.clock.passes(31)
    revision = scene.present(credential).fact_revision
    not_due = refresher._once(Due(WORKSPACE, credential.id), None)
    _, outcome = await asyncio.gather(not_due, refresher.refresh(WORKSPACE, credential.id, revision))
    assert (outcome.refreshed, outcome.revision) == (Refreshed.RENEWED, revision + 1)


async def test_a_workspace_whose_provider_gives_no_answer_holds_up_no_other_nor_anybody_who_waits() -> None:
    provider = RotatingProvider()
    scene = Scene(provider)
    silent = [scene.put(CLIENT) for _ in range(60)]
    other = scene.put(CLIENT, workspace_id=uuid4(), token=Token(TokenState.PENDING, due_at=NOW + timedelta(seconds=1)))
    answers, others = asyncio.Event(), asyncio.Event()

    async def in_its_time() -> None:
        if provider.asked[-1].credential.id == other.id:
            others.set()
        else:
            await answers.wait()

    provider.before = in_its_time
    refresher = scene.refresher()
    async with refresher.finishing():
        running = asyncio.create_task(refresher.run())
        try:
            scene.clock.passes(1)
            async with asyncio.timeout(20):
                await others.wait()
            provider.before = RotatingProvider().before
            outcome = await refresher.refresh(WORKSPACE, silent[5].id, 1)
            assert outcome.refreshed is Refreshed.RENEWED
        finally:
            running.cancel()
            answers.set()


async def test_the_many_of_one_workspace_do_not_fill_what_is_found_due() -> None:
    scene = Scene(RotatingProvider())
    first, second, _ = (scene.put(CLIENT) for _ in range(3))
    other = scene.put(CLIENT, workspace_id=uuid4(), token=Token(TokenState.PENDING, due_at=NOW + timedelta(seconds=1)))
    found = await scene.tokens.due(NOW + timedelta(seconds=1), 3)
    assert [due.credential_id for due in found] == [first.id, other.id, second.id]


async def test_sign_ins_that_have_expired_are_swept() -> None:
    scene = Scene(RotatingProvider())
    credential = scene.put(BY_PEOPLE)
    store = InMemorySignInStore(scene.shelf)
    await store.add(SignIn(b"1", WORKSPACE, credential.id, "client", "sealed", "me", None, b"binder", NOW + GOOD_FOR))
    await store.sweep(NOW)
    assert store.sign_ins
    await store.sweep(NOW + GOOD_FOR)
    assert not store.sign_ins
