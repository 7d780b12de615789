"""From plain secrets to sealed ones, and from there to the mask that a person sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import uuid4

from connector_registry.credentials.port import Credential, UnusableSecrets, Wanted
from connectors_shared.contract.credential import CredentialStatus, PublishedCredential
from connectors_shared.contract.topics import CONFIG
from connectors_shared.definition.auth import KINDS
from connectors_shared.definition.auth.none import NONE
from connectors_shared.definition.auth.oauth2 import ACCESS_TOKEN
from connectors_shared.definition.auth.reading import MASK, AuthDraft
from connectors_shared.http.problems import FieldProblem
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.secrets import (
    Keyring,
    SecretPlace,
    UnsealError,
    key_id_of,
    last_four,
    mask,
    place_of,
)

log = get_logger(__name__)
PRESENTED_ELSEWHERE = "would be sent to another origin than it was entered for: enter it again"
A_MASK = "is a mask, not the secret: leave it out to keep the stored one"
AUTH = "/config/auth"
URL = "/config/url"
MOST_SECRETS: Final = 50
MOST_SEALED_BYTES: Final = CONFIG.largest // 2
"""Of all secrets of one credential together, sealed."""


@dataclass(slots=True)
class Filled:
    """Secrets on their way into a credential. `kept` are those that stay as they are stored."""

    sealed: dict[str, str] = field(default_factory=dict, repr=False)
    last_four: dict[str, str] = field(default_factory=dict, repr=False)
    kept: list[str] = field(default_factory=list)
    problems: list[FieldProblem] = field(default_factory=list)


class CredentialBook:
    """Seals and masks. The only place that sees a plain secret, and it keeps none."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def own(self, wanted: Wanted, stored: Credential | None) -> Credential | None:
        auth = wanted.auth or _as_stored(stored)
        if auth.kind is NONE and not wanted.fields:
            return None
        fresh = _fresh(wanted, auth, stored)
        places = {name: f"{AUTH}/{name}" for name in auth.kind.needed(auth.public)} | dict(wanted.places)
        before = _keepable(stored, auth.kind.type)
        names = [*auth.kind.needed(auth.public), *wanted.fields]
        filled = self.filled(fresh, names, {**auth.secrets, **wanted.given}, before, places)
        if stored and filled.kept and fresh.allowed_origins != stored.allowed_origins:
            filled.problems.append(FieldProblem(pointer=URL, detail=_elsewhere(fresh, stored, filled.kept)))
        if filled.problems:
            raise UnusableSecrets(filled.problems, replace(fresh, sealed=filled.sealed))
        return _settled(fresh, filled, stored)

    def filled(
        self,
        credential: Credential,
        names: Sequence[str],
        given: Mapping[str, str],
        before: Credential | None,
        places: Mapping[str, str],
    ) -> Filled:
        """Each secret that is named: sealed as it is given, else as `before` has it. `places`: where a problem is
        told."""
        filled = Filled()
        for name in names:
            plain, stored = given.get(name), before.sealed.get(name) if before else None
            if plain is not None and not plain.startswith(MASK):
                same = before is not None and self._holds(before, credential, name, plain)
                filled.sealed[name] = before.sealed[name] if before and same else self._seal(credential, name, plain)
                filled.last_four[name] = last_four(plain)
            elif before and stored is not None and plain in (None, self.mask(before, name)):
                filled.sealed[name], filled.last_four[name] = stored, before.last_four.get(name, "")
                filled.kept.append(name)
                if _presented_to(credential, name) != _presented_to(before, name):
                    filled.problems.append(FieldProblem(pointer=places[name], detail=PRESENTED_ELSEWHERE))
            elif plain is not None:
                filled.problems.append(FieldProblem(pointer=places[name], detail=A_MASK))
            elif name in places:
                filled.problems.append(FieldProblem(pointer=places[name], detail="is required"))
        filled.problems += _too_much(filled.sealed, places)
        return filled

    def bound_to(self, credential: Credential, origins: list[str]) -> dict[str, str]:
        """Its secrets, sealed for other origins. Raises UnsealError."""
        plain = {name: self.opened(credential, name) for name in credential.sealed}
        elsewhere = replace(credential, allowed_origins=origins)
        return {name: self._seal(elsewhere, name, text) for name, text in plain.items()}

    def masked(self, credential: Credential | None) -> dict[str, Any]:
        if credential is None:
            return {"type": NONE.type}
        names = KINDS[credential.type].needed(credential.public) if credential.type in KINDS else ()
        return {"type": credential.type} | credential.public | {name: self.mask(credential, name) for name in names}

    def mask(self, credential: Credential | None, field: str) -> str:
        return mask(credential.last_four.get(field, "") if credential else "")

    def _holds(self, before: Credential, wanted: Credential, name: str, plain: str) -> bool:
        """Whether just this is stored, sealed for where it is to go: then it is not sealed anew."""
        if name not in before.sealed or _place(before, name) != _place(wanted, name):
            return False
        try:
            return self.opened(before, name) == plain
        except UnsealError:
            return False

    def _seal(self, credential: Credential, name: str, plain: str) -> str:
        return self._keyring.seal(plain, _place(credential, name))

    def opened(self, credential: Credential, name: str) -> str:
        """A secret that was entered, plain. Raises UnsealError."""
        return self._keyring.open(credential.sealed[name], _place(credential, name))

    def seal_token(self, credential: Credential, name: str, plain: str) -> str:
        """For the registry alone: so sealed it opens for no executor."""
        return self._keyring.seal(plain, _kept_here(credential, name))

    def open_token(self, credential: Credential, name: str, sealed: str) -> str:
        """Raises UnsealError."""
        return self._keyring.open(sealed, _kept_here(credential, name))

    def sealed_anew(self, credential: Credential) -> Credential:
        """The same, all of it under the first key. Raises UnsealError."""
        sealed = {
            name: text if self._is_under_first(text) else self._seal(credential, name, self.opened(credential, name))
            for name, text in credential.sealed.items()
        }
        token = credential.token
        if token is not None:
            access_token = self._token_anew(credential, "access_token", token.access_token)
            refresh_token = self._token_anew(credential, "refresh_token", token.refresh_token)
            token = replace(token, access_token=access_token, refresh_token=refresh_token)
        return replace(credential, sealed=sealed, token=token)

    def _token_anew(self, credential: Credential, name: str, sealed: str | None) -> str | None:
        if sealed is None or self._is_under_first(sealed):
            return sealed
        return self.seal_token(credential, name, self.open_token(credential, name, sealed))

    def _is_under_first(self, sealed: str) -> bool:
        return key_id_of(sealed) == self._keyring.first

    def published(self, credential: Credential) -> PublishedCredential:
        """What the executors get: with the access token, when there is one that is for the credential as it is."""
        fact, token = credential.published(), credential.token
        if not credential.is_issued or token is None or token.access_token is None or not credential.fits(token):
            return fact
        try:
            plain = self.open_token(credential, ACCESS_TOKEN, token.access_token)
        except UnsealError as error:
            log.error("oauth.token_unreadable", credential_id=str(credential.id), why=str(error))
            return fact
        sealed = fact.sealed | {ACCESS_TOKEN: self._keyring.seal(plain, place_of(fact, ACCESS_TOKEN))}
        return fact.model_copy(update={"sealed": sealed, "expires_at": token.expires_at})


def _place(credential: Credential, name: str) -> SecretPlace:
    """`origins` sorted, so that places can be compared."""
    kind = KINDS.get(credential.type)
    elsewhere = kind is not None and name in kind.unpublished
    origins = _presented_to(credential, name) if elsewhere else tuple(sorted(credential.allowed_origins))
    return SecretPlace(str(credential.workspace_id), str(credential.id), name, origins)


def _presented_to(credential: Credential, name: str) -> tuple[str, ...]:
    """Where a secret goes that is not published; nowhere for one that is."""
    kind = KINDS.get(credential.type)
    return kind.presented_to(credential.public) if kind is not None and name in kind.unpublished else ()


def _kept_here(credential: Credential, name: str) -> SecretPlace:
    return SecretPlace(str(credential.workspace_id), str(credential.id), f"registry:{name}")


def _too_much(sealed: Mapping[str, str], places: Mapping[str, str]) -> list[FieldProblem]:
    """At the first secret that is one too many, or too large together with those before it."""
    size = 0
    for count, (name, text) in enumerate(sealed.items(), start=1):
        size += len(text)
        if count > MOST_SECRETS or size > MOST_SEALED_BYTES:
            detail = (
                f"is too much: the secrets of one credential are at most {MOST_SECRETS}, and "
                f"{MOST_SEALED_BYTES} bytes together when they are encrypted"
            )
            return [FieldProblem(pointer=places.get(name, AUTH), detail=detail)]
    return []


def _as_stored(stored: Credential | None) -> AuthDraft:
    """What stands for an auth that was not sent."""
    return AuthDraft(KINDS[stored.type], stored.public) if stored else AuthDraft(NONE)


def _fresh(wanted: Wanted, auth: AuthDraft, stored: Credential | None) -> Credential:
    """Without its secrets, as if it were the first."""
    origins = list(wanted.origins) or (list(stored.allowed_origins) if stored else [])
    return Credential(
        id=stored.id if stored else uuid4(),
        workspace_id=wanted.workspace_id,
        connector_id=wanted.connector_id,
        name=stored.name if stored else wanted.name,
        type=auth.kind.type,
        public=auth.public,
        sealed={},
        last_four={},
        allowed_origins=origins,
        status=CredentialStatus.OK,
        token=stored.token if stored else None,
        sealings=stored.sealings if stored else 0,
        revision=1,
        created_at=wanted.at,
        created_by=wanted.by,
        updated_at=wanted.at,
        updated_by=wanted.by,
    )


def _keepable(stored: Credential | None, kind: str) -> Credential | None:
    """What may stay: a secret of another kind of authentication may not, though it may have the same name."""
    if stored is None or stored.type == kind:
        return stored
    foreign = KINDS[stored.type].secret_names
    return replace(stored, sealed={name: text for name, text in stored.sealed.items() if name not in foreign})


def _settled(fresh: Credential, filled: Filled, stored: Credential | None) -> Credential:
    """The next revision of the stored one, or that itself when nothing is new."""
    credential = replace(fresh, sealed=filled.sealed, last_four=filled.last_four)
    if stored is None:
        return credential
    if len(filled.kept) == len(filled.sealed):
        credential = replace(credential, status=stored.status)
    if credential.says_the_same(stored):
        return stored
    return replace(credential, revision=stored.revision + 1, created_at=stored.created_at, created_by=stored.created_by)


def _elsewhere(fresh: Credential, stored: Credential, kept: Sequence[str]) -> str:
    origins = ", ".join(fresh.allowed_origins)
    was = ", ".join(stored.allowed_origins) or "no origin"
    names = ", ".join(kept)
    return f"leads to {origins}, and the stored secret was entered for {was}: enter the secret again as well ({names})"
