"""Renews tokens before they expire, and at once when an API refuses one: one request for each credential at a time.

The credential is locked, read again, its token asked for and saved, and only then told to anybody. So a refresh token
that the provider replaces is never lost by our doing, and nobody uses it twice. When an answer is lost on its way, the
old one is shown once more, soon: providers that allow for that give another one, the others refuse, and a person
connects it again.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from connector_registry.credentials.port import Credential, Token, TokenSeals, TokenState
from connector_registry.metrics import Metrics
from connector_registry.oauth.places import Places
from connector_registry.oauth.port import (
    Answer,
    Ask,
    Due,
    Issued,
    Outcome,
    Provider,
    Refused,
    Renewable,
    TokenStore,
    Unavailable,
)
from connector_registry.outbox.port import Announcements
from connectors_shared.contract.refresh import Refreshed
from connectors_shared.definition.auth import KINDS
from connectors_shared.definition.auth.oauth2 import CLIENT_CREDENTIALS
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import PollLoop
from connectors_shared.runtime.secrets import UnsealError

log = get_logger(__name__)
POLL_SECONDS: Final = 1.0
DUE_AT_ONCE: Final = 4
ASKED_AT_ONCE: Final = 4
"""For what is due, and for those who wait: an executor whose token is refused, a person who connects."""
AT_ONCE: Final = DUE_AT_ONCE + ASKED_AT_ONCE
"""Requests of one process; each has a connection to Postgres meanwhile."""
BATCH: Final = 50
RENEWED_FROM: Final = 0.75
RENEWED_UNTIL: Final = 0.9
"""Of its lifetime; where in between is a matter of chance, so that not all are renewed at once."""
FRESH_SECONDS: Final = 30.0
"""A token this new that an API refuses is not the fault."""
SHORTEST_SECONDS: Final = 60.0
"""Between two renewals of a token, however short its life is."""
FIRST_RETRY_SECONDS: Final = 2.0
LAST_RETRY_SECONDS: Final = 300.0
MOST_ASKED_SECONDS: Final = 3600.0
REFUSED_RETRY: Final = timedelta(days=1)
"""A client that proves itself is tried again, though it was refused; for a person's grant that is of no use."""
FAULT_PAUSE: Final = timedelta(minutes=1)
"""Before one is tried again with which something is wrong here: others are due, too."""
CLOSE_SECONDS: Final = 15.0
"""Longer than a token request may take: its answer must be saved."""
UNOPENABLE: Final = "The stored secret cannot be opened; enter it again."
EXPIRED: Final = "It has expired, and the provider gave no refresh token; connect it again."
EXPIRED_UNOPENABLE: Final = "It has expired, and its stored refresh token cannot be opened; connect it again."
STOPPING: Final = "The registry is being stopped. Start it again."
LOST: Final = " An earlier answer of the provider was lost on its way, and with it perhaps a newer refresh token."

NOT_NOW: Final = Outcome(Refreshed.LATER, 0)
"""Another replica will do it."""


class Refresher:
    """Run `run` as a task for as long as the service lives, within `finishing`."""

    def __init__(
        self,
        store: TokenStore,
        provider: Provider,
        seals: TokenSeals,
        announcements: Announcements,
        clock: Clock,
        metrics: Metrics,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._provider = provider
        self._seals = seals
        self._announcements = announcements
        self._clock = clock
        self._metrics = metrics
        self._chance = chance
        self._places_for_due = Places(DUE_AT_ONCE)
        self._places_for_asked = Places(ASKED_AT_ONCE)
        self._running: dict[tuple[UUID, bool], asyncio.Task[Outcome]] = {}
        """By the credential, and whether its token was refused: who waits does not join what has no place yet."""
        self._connecting: set[asyncio.Task[Answer | None]] = set()
        self._renewing: set[asyncio.Task[None]] = set()
        self._is_closing = False

    async def run(self) -> None:
        """For ever. Cancel to stop."""
        await PollLoop("oauth.renew", self._pass).run()

    @asynccontextmanager
    async def finishing(self) -> AsyncIterator[None]:
        """In the end, let what is under way be answered: an answer that is not saved may be a grant that is lost. Who
        waits for a place or a lock then begins no request any more."""
        try:
            yield
        finally:
            self._is_closing = True
            if under_way := [*self._running.values(), *self._connecting, *self._renewing]:
                await asyncio.wait(under_way, timeout=CLOSE_SECONDS)

    async def _pass(self) -> float:
        """Waits for none of them: what is due next is not held up by those whose provider takes its time."""
        for due in await self._store.due(self._clock.now(), BATCH):
            if (due.credential_id, False) not in self._running:
                renewing = asyncio.create_task(self._renew(due))
                self._renewing.add(renewing)
                renewing.add_done_callback(self._renewing.discard)
                # It is known as running before the next one is looked at.
                await asyncio.sleep(0)
        self._metrics.oauth_overdue_seconds.set(await self._store.oldest_seconds())
        return POLL_SECONDS * (0.5 + self._chance())

    async def renew_due(self) -> None:
        """All that are due now; raises what the store raises."""
        due = await self._store.due(self._clock.now(), BATCH)
        await asyncio.gather(*(self._renew(one) for one in due))

    async def refresh(self, workspace_id: UUID, credential_id: UUID, rejected: int) -> Outcome:
        """An API refuses the token that was told as revision `rejected`: see that there is another one.

        All who ask at the same time wait for the same request. Raises what the store raises.
        """
        due = Due(workspace_id, credential_id)
        is_joined = (credential_id, True) in self._running
        outcome = await self._once(due, rejected)
        if is_joined and outcome.revision <= rejected:  # of an earlier revision
            return await self._once(due, rejected)
        return outcome

    async def connect(self, credential: Credential, right: Mapping[str, str], by: str) -> Answer | None:
        """Exchange what a person has granted, instead of what is there. None when the credential is another by now.

        A refusal changes nothing. Like a renewal it goes on when who asks has gone.
        """
        connecting = asyncio.create_task(self._connected(credential, right, by))
        self._connecting.add(connecting)
        connecting.add_done_callback(self._connecting.discard)
        answer = await asyncio.shield(connecting)
        await self._announcements.published()
        return answer

    async def _connected(self, credential: Credential, right: Mapping[str, str], by: str) -> Answer | None:
        workspace_id, client = credential.workspace_id, credential.client
        place = self._places_for_asked.of(workspace_id)
        async with place, self._store.renewable(workspace_id, credential.id, wait=True) as renewable:
            if self._is_closing:
                return Unavailable(STOPPING)
            token = renewable.credential.token if renewable is not None else None
            if renewable is None or renewable.credential.client != client or token is None or token.withdrawn:
                return None
            answer = await self.ask(renewable.credential, right)
            if isinstance(answer, Issued):
                fresh = replace(token, refresh_token=None, connected_by=by)
                await renewable.keep(self.issued(renewable.credential, fresh, answer), connected_by=by)
            return answer

    async def _renew(self, due: Due) -> None:
        """A fault with one holds no other up."""
        try:
            await self._once(due, None)
        except Exception:
            log.exception("oauth.fault", credential_id=str(due.credential_id))
            await self._postpone(due)

    async def _postpone(self, due: Due) -> None:
        now = self._clock.now()
        try:
            await self._store.postpone(due, now, now + FAULT_PAUSE)
        except Exception:  # it stays due
            log.exception("oauth.fault", credential_id=str(due.credential_id))

    async def _once(self, due: Due, rejected: int | None) -> Outcome:
        """Who asks may go away; the request does not end with it."""
        key = (due.credential_id, rejected is not None)
        running = self._running.get(key)
        if running is None:
            running = asyncio.create_task(self._locked(due, rejected))
            self._running[key] = running
            running.add_done_callback(lambda _done: self._running.pop(key, None))
        return await asyncio.shield(running)

    async def _locked(self, due: Due, rejected: int | None) -> Outcome:
        places = self._places_for_due if rejected is None else self._places_for_asked
        async with places.of(due.workspace_id):
            if self._is_closing:
                return NOT_NOW
            found = self._store.renewable(due.workspace_id, due.credential_id, wait=rejected is not None)
            async with found as renewable:
                outcome = NOT_NOW if self._is_closing else await self._outcome(renewable, rejected)
        if outcome.refreshed is not Refreshed.FRESH:
            await self._announcements.published()
        return outcome

    async def _outcome(self, renewable: Renewable | None, rejected: int | None) -> Outcome:
        if renewable is None:
            return Outcome(Refreshed.UNKNOWN, 0)
        credential, token = renewable.credential, renewable.credential.token
        if token is None or token.withdrawn or not credential.is_issued:
            return await self._nothing_due(renewable)
        if settled := self._settled(credential, token, rejected):
            return settled
        parameters = self._right(credential, token)
        if parameters is None:
            return await self._not_renewable(renewable, token)
        return await self._asked(renewable, token, parameters, rejected)

    def _settled(self, credential: Credential, token: Token, rejected: int | None) -> Outcome | None:
        """Somebody else was faster, or there is no need."""
        now, revision = self._clock.now(), credential.fact_revision
        usable = credential.fits(token) and token.access_token is not None and token.state is not TokenState.STALE
        if rejected is None:
            is_due = token.due_at is not None and token.due_at <= now
            return None if is_due else Outcome(Refreshed.RENEWED, revision)
        if revision > rejected:
            return Outcome(Refreshed.RENEWED if usable else _without_token(credential), revision)
        if usable and token.obtained_at is not None and (now - token.obtained_at).total_seconds() < FRESH_SECONDS:
            return Outcome(Refreshed.FRESH, revision)
        return None

    def _right(self, credential: Credential, token: Token) -> Mapping[str, str] | None:
        """By what right a token is asked for; None when somebody has to connect it first, or it cannot be renewed."""
        public = credential.public
        scope = {"scope": public["scope"]} if public["scope"] else {}
        if public["grant_type"] == CLIENT_CREDENTIALS:
            return {"grant_type": CLIENT_CREDENTIALS} | scope
        if token.refresh_token is None or not credential.fits(token):
            return None
        try:
            refresh_token = self._seals.open_token(credential, "refresh_token", token.refresh_token)
        except UnsealError:
            return None
        return {"grant_type": "refresh_token", "refresh_token": refresh_token}

    async def _not_renewable(self, renewable: Renewable, token: Token) -> Outcome:
        """It serves until it expires; then a person is told."""
        credential, now = renewable.credential, self._clock.now()
        if token.due_at is None or token.due_at > now:
            return Outcome(_without_token(credential), credential.fact_revision)
        if token.access_token is None or token.expires_at is None or not credential.fits(token):
            return await self._nothing_due(renewable)
        if token.expires_at > now:
            await renewable.note(replace(token, due_at=token.expires_at))
            return Outcome(_without_token(credential), credential.fact_revision)
        why = EXPIRED if token.refresh_token is None else EXPIRED_UNOPENABLE
        await renewable.keep(replace(token, state=TokenState.STALE, access_token=None, why=why, due_at=None))
        return Outcome(Refreshed.STALE, credential.fact_revision + 1)

    async def _nothing_due(self, renewable: Renewable) -> Outcome:
        credential, token = renewable.credential, renewable.credential.token
        if token is not None and token.due_at is not None:
            await renewable.note(replace(token, due_at=None))
        gone = token is None or not credential.is_issued
        return Outcome(Refreshed.UNKNOWN if gone else _without_token(credential), credential.fact_revision)

    async def _asked(
        self, renewable: Renewable, token: Token, parameters: Mapping[str, str], rejected: int | None
    ) -> Outcome:
        credential = renewable.credential
        answer = await self.ask(credential, parameters)
        if isinstance(answer, Issued):
            await renewable.keep(self.issued(credential, token, answer))
            return Outcome(Refreshed.RENEWED, credential.fact_revision + 1)
        if isinstance(answer, Refused):
            await renewable.keep(self._refused(credential, token, answer))
            return Outcome(Refreshed.STALE, credential.fact_revision + 1)
        now = self._clock.now()
        failed = replace(
            token,
            state=token.state if token.state is TokenState.STALE else TokenState.FAILING,
            why=answer.why,
            failures=token.failures + 1,
            due_at=now + timedelta(seconds=self._retry_seconds(token.failures, answer.asked_seconds)),
            unanswered_at=(token.unanswered_at or now) if answer.unanswered else token.unanswered_at,
        )
        if token.access_token is None or not _is_useless(credential, token, rejected, now):
            await renewable.note(failed)
            return Outcome(Refreshed.LATER, credential.fact_revision)
        # Nobody is to try with it any more: calls wait until there is another one.
        await renewable.keep(replace(failed, access_token=None))
        return Outcome(Refreshed.LATER, credential.fact_revision + 1)

    async def ask(self, credential: Credential, parameters: Mapping[str, str]) -> Answer:
        try:
            needed = KINDS[credential.type].needed(credential.public)
            secrets = {name: self._seals.opened(credential, name) for name in needed}
        except (UnsealError, KeyError):
            return Refused(UNOPENABLE)
        answer = await self._provider.ask(Ask(credential, parameters, secrets))
        outcome = type(answer).__name__.lower()
        self._metrics.oauth_requests.labels(outcome).inc()
        log.info("oauth.asked", credential_id=str(credential.id), outcome=outcome, grant=parameters["grant_type"])
        return answer

    def issued(self, credential: Credential, token: Token, answer: Issued) -> Token:
        """With what the provider gave; the refresh token stays unless there is another one."""
        now, lifetime = self._clock.now(), answer.lifetime_seconds
        refresh_token = token.refresh_token
        if answer.refresh_token is not None:
            refresh_token = self._seals.seal_token(credential, "refresh_token", answer.refresh_token)
        share = RENEWED_FROM + (RENEWED_UNTIL - RENEWED_FROM) * self._chance()
        return replace(
            token,
            state=TokenState.OK,
            made_for=credential.client,
            access_token=self._seals.seal_token(credential, "access_token", answer.access_token),
            refresh_token=refresh_token,
            why=None,
            obtained_at=now,
            expires_at=None if lifetime is None else now + timedelta(seconds=lifetime),
            due_at=None if lifetime is None else now + timedelta(seconds=max(lifetime * share, SHORTEST_SECONDS)),
            failures=0,
            unanswered_at=None,
        )

    def _refused(self, credential: Credential, token: Token, refusal: Refused) -> Token:
        again = None if credential.is_connected_by_people else self._clock.now() + REFUSED_RETRY
        return replace(
            token,
            state=TokenState.STALE,
            access_token=None,
            why=refusal.why + (LOST if token.unanswered_at is not None else ""),
            due_at=again,
            failures=token.failures + 1,
            made_for=token.made_for or credential.client,
        )

    def _retry_seconds(self, failures: int, asked: float | None) -> float:
        """Half of it is chance; what the provider asks for is kept to."""
        backoff = min(FIRST_RETRY_SECONDS * 2.0 ** min(failures, 20), LAST_RETRY_SECONDS)
        return max(backoff * (0.5 + self._chance() / 2), min(asked or 0.0, MOST_ASKED_SECONDS))


def _is_useless(credential: Credential, token: Token, rejected: int | None, now: datetime) -> bool:
    """An API has refused it, or it has expired."""
    expired = token.expires_at is not None and token.expires_at <= now
    return rejected is not None or expired or not credential.fits(token)


def _without_token(credential: Credential) -> Refreshed:
    return Refreshed.LATER if credential.stale_because is None else Refreshed.STALE
