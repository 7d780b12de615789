"""A person authorizes a credential at its provider (RFC 6749 4.1, with the proof key of RFC 7636).

They are sent there with a state that is good once, for ten minutes and for the credential as it is. We keep its hash.
What comes back is exchanged at the token endpoint, saved and told to the executors; then the page says that it is done.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from connector_registry.credentials.port import Credential, CredentialMissing, TokenSeals
from connector_registry.oauth.port import Issued, Refused, TokenChanged, Unavailable
from connector_registry.oauth.refresher import Refresher
from connector_registry.oauth.requests import CODES, authorization_url
from connectors_shared.http.principal import Principal
from connectors_shared.http.problems import ProblemError
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.secrets import UnsealError

CALLBACK: Final = "/api/oauth/callback"
GOOD_FOR: Final = timedelta(minutes=10)
COOKIE: Final = "connectors_sign_in_"
RANDOM_BYTES: Final = 32
EXPIRED: Final = "This sign-in has expired, or was used already. Start it again."
ELSEWHERE: Final = "This sign-in was not started in this browser. Start it here."
CHANGED: Final = "The credential was changed or deleted meanwhile. Start again."
DONE: Final = "It is connected. You can close this window."


class SignInsOffError(ProblemError):
    status = 503
    kind = "sign-ins-off"
    title = "Nobody can be sent to a provider"
    detail = "Whoever operates the registry sets CONNECTORS_PUBLIC_URL, where browsers reach it."


class NotByPeopleError(ProblemError):
    status = 409
    kind = "not-connected-by-people"
    title = "Nobody has to authorize it"
    detail = "Only a credential of the kind oauth2 whose grant_type is authorization_code is connected by a person."


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody is at the provider. `opener`: the origin of the page that waits for them, if there is one. `binder`: a
    hash of what their browser shows when it comes back, so that nobody grants what somebody else began.
    `return_to`: the page of ours that they left, where no window waits."""

    state_hash: bytes
    workspace_id: UUID
    credential_id: UUID
    made_for: str
    verifier: str = field(repr=False)
    asked_by: str
    opener: str | None
    binder: bytes
    expires_at: datetime
    return_to: str | None = None


class SignInStore(Protocol):
    """Those who are at a provider."""

    async def credential(self, workspace_id: UUID, credential_id: UUID) -> Credential | None: ...

    async def add(self, sign_in: SignIn) -> None:
        """Instead of an earlier one of the same person for the same credential."""

    async def sweep(self, now: datetime) -> None:
        """Those that have expired, of all workspaces."""

    async def take(self, state_hash: bytes, now: datetime) -> SignIn | None:
        """Once: it is gone afterwards. None for one that has expired, or is not known."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the person, and the cookie that their browser has to show again."""

    url: str = field(repr=False)
    expires_at: datetime
    cookie: str
    binder: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ended:
    """For the person, and for the page that waits for them. `credential_id` None: nobody knows which it was.
    `return_to`: where they go on."""

    connected: bool
    message: str
    opener: str | None = None
    credential_id: UUID | None = None
    return_to: str | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """What a browser comes back with."""

    state: str = field(repr=False)
    code: str | None = field(repr=False)
    error: str | None
    binder: str | None = field(repr=False)


class SignIns:
    """`public_url`: where browsers reach the registry. `pages`: origins of those that may be told how it went."""

    def __init__(
        self,
        store: SignInStore,
        refresher: Refresher,
        seals: TokenSeals,
        clock: Clock,
        public_url: str,
        pages: frozenset[str],
    ) -> None:
        self._store = store
        self._refresher = refresher
        self._seals = seals
        self._clock = clock
        self._redirect_uri = public_url.rstrip("/") + CALLBACK
        self._own_origin = public_url.rstrip("/")
        self._pages = pages | {self._own_origin}

    @property
    def is_secure(self) -> bool:
        return self._redirect_uri.startswith("https:")

    def is_own(self, origin: str | None) -> bool:
        """Whether it is that of the registry."""
        return origin == self._own_origin

    async def begin(
        self, who: Principal, credential_id: UUID, origin: str | None, return_to: str | None = None
    ) -> Begun:
        """`origin`: of the page that asks; only ours is returned to. Raises CredentialMissing or NotByPeopleError."""
        credential = await self._store.credential(who.workspace_id, credential_id)
        if credential is None or (credential.token is not None and credential.token.withdrawn):
            raise CredentialMissing
        if not credential.is_connected_by_people:
            raise NotByPeopleError
        state, verifier, binder = (secrets.token_urlsafe(RANDOM_BYTES) for _ in range(3))
        sign_in = SignIn(
            state_hash=_hash(state),
            workspace_id=who.workspace_id,
            credential_id=credential_id,
            made_for=credential.client,
            verifier=self._seals.seal_token(credential, "code_verifier", verifier),
            asked_by=who.user_id,
            opener=origin if origin in self._pages else None,
            binder=_hash(binder),
            expires_at=self._clock.now() + GOOD_FOR,
            return_to=return_to if self.is_own(origin) else None,
        )
        await self._store.add(sign_in)
        url = authorization_url(credential.public, self._redirect_uri, state, _challenge(verifier))
        return Begun(url, sign_in.expires_at, cookie_of(state), binder)

    async def end(self, returned: Returned) -> Ended:
        sign_in = await self._store.take(_hash(returned.state), self._clock.now())
        if sign_in is None:
            return Ended(False, EXPIRED)
        connected, message = await self._ended(sign_in, returned)
        return Ended(connected, message, sign_in.opener, sign_in.credential_id, sign_in.return_to)

    async def _ended(self, sign_in: SignIn, returned: Returned) -> tuple[bool, str]:
        if not hmac.compare_digest(sign_in.binder, _hash(returned.binder or "")):
            return False, ELSEWHERE
        if returned.code is None:
            told = returned.error if returned.error in CODES else "for a reason of its own"
            return False, f"The provider did not grant it ({told})."
        credential = await self._store.credential(sign_in.workspace_id, sign_in.credential_id)
        if credential is None or credential.client != sign_in.made_for:
            return False, CHANGED
        try:
            verifier = self._seals.open_token(credential, "code_verifier", sign_in.verifier)
            answer = await self._refresher.connect(credential, self._right(returned.code, verifier), sign_in.asked_by)
        except (UnsealError, TokenChanged):
            return False, CHANGED
        return _told(answer)

    def _right(self, code: str, verifier: str) -> dict[str, str]:
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }


def _told(answer: Issued | Refused | Unavailable | None) -> tuple[bool, str]:
    if answer is None:
        return False, CHANGED
    return (True, DONE) if isinstance(answer, Issued) else (False, answer.why)


def cookie_of(state: str) -> str:
    """Each sign-in has its own, so that several may go on in one browser."""
    return COOKIE + _hash(state).hex()[:16]


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
