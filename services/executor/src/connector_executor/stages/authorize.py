"""What authorizes a call: credentials are opened once for each revision of theirs, and stay with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from connector_executor.connectors.credentials import TOKENLESS, LiveCredential
from connector_executor.connectors.plan import Plan
from connector_executor.outcome import Failure
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.contract.failure import FailureType
from connectors_shared.definition.auth import KINDS
from connectors_shared.definition.auth.kind import Pairs
from connectors_shared.definition.compile import CompiledDefinition
from connectors_shared.egress import Confidential, Needles
from connectors_shared.runtime.secrets import Keyring, UnsealError, place_of

Fields = tuple[tuple[str, str], ...]
"""Names, and what holds their values in a credential."""
NO_NEEDLES: Final = Needles()


@dataclass(frozen=True, slots=True)
class Authorized:
    """Headers and query parameters to add to a request; `secrets` are the plain texts that they are made of,
    in every form in which they may stand in a text.

    `confidential` None: none of it is secret.
    """

    headers: Pairs = field(default_factory=list, repr=False)
    query: Pairs = field(default_factory=list, repr=False)
    secrets: Needles = NO_NEEDLES
    confidential: Confidential | None = None


@dataclass(frozen=True, slots=True)
class Joint:
    """What secret headers and parameters make of what authorizes the call otherwise."""

    other: Authorized
    headers: Fields
    query: Fields
    authorized: Authorized

    def is_of(self, other: Authorized, request: CompiledDefinition) -> bool:
        named = self.headers == request.secret_headers and self.query == request.secret_query
        return self.other is other and named


@dataclass(slots=True)
class Opened:
    """A revision of a credential with its secrets, and what its kind makes of them. `joint`: the last one."""

    secrets: Mapping[str, str] = field(repr=False)
    authorized: Authorized
    joint: Joint | None = None


NOTHING: Final = Authorized()


class Authorizer:
    """Holds the keys."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def authorize(self, plan: Plan) -> Authorized | Failure:
        """By the present revisions of the plan's credentials."""
        if plan.auth is None and plan.secrets is None:
            return NOTHING
        authorized = NOTHING
        if plan.auth is not None:
            opened = self._opened(plan.auth)
            if isinstance(opened, Failure):
                return opened
            authorized = opened.authorized
        if plan.secrets is None or not (plan.request.secret_headers or plan.request.secret_query):
            return authorized
        holder = self._opened(plan.secrets)
        return holder if isinstance(holder, Failure) else _joined(plan, authorized, holder)

    def _opened(self, credential: LiveCredential) -> Opened | Failure:
        found = credential.opened
        if found is None:
            found = credential.opened = self._open(credential)
        assert isinstance(found, Opened | Failure)
        return found

    def _open(self, credential: LiveCredential) -> Opened | Failure:
        published = credential.published
        if published is None:
            return credential.fault or Failure(FailureType.CREDENTIAL_UNUSABLE, credential.why)
        if credential.lacks_token:
            return Failure(FailureType.CREDENTIAL_UNUSABLE, TOKENLESS)
        try:
            secrets = {
                name: self._keyring.open(sealed, place_of(published, name)) for name, sealed in published.sealed.items()
            }
        except UnsealError as error:
            return Failure(FailureType.CREDENTIAL_UNUSABLE, f"The stored credential cannot be used: {error}.")
        return Opened(secrets, _signed(published, secrets))


def stand_in(credential: LiveCredential, published: PublishedCredential, text: str) -> None:
    """As if each secret of it, a token that nobody has yet too, were that text: what carries it is seen, and none is
    opened.
    """
    secrets = dict.fromkeys((*published.sealed, *KINDS[published.type].issued), text)
    credential.become(published)
    credential.opened = Opened(secrets, _signed(published, secrets))


def _signed(published: PublishedCredential, secrets: Mapping[str, str]) -> Authorized:
    headers, query = KINDS[published.type].sign(published.public, secrets)
    if not secrets:
        return Authorized(headers, query)
    words = [value.rpartition(" ")[2] for _, value in headers]
    names = [name for name, _ in headers]
    confidential = Confidential(published.allowed_origins, names, [*secrets.values(), *words])
    return Authorized(headers, query, Needles([*secrets.values(), *confidential.forms]), confidential)


def _joined(plan: Plan, authorized: Authorized, holder: Opened) -> Authorized | Failure:
    """The secret headers and parameters beside what authorizes the call: the same for most calls."""
    if holder.joint is not None and holder.joint.is_of(authorized, plan.request):
        return holder.joint.authorized
    joined = _with_secrets(plan, authorized, holder)
    if isinstance(joined, Authorized):
        holder.joint = Joint(authorized, plan.request.secret_headers, plan.request.secret_query, joined)
    return joined


def _with_secrets(plan: Plan, authorized: Authorized, holder: Opened) -> Authorized | Failure:
    secrets, request = holder.secrets, plan.request
    try:
        headers = [(name, secrets[field_]) for name, field_ in request.secret_headers]
        query = [(name, secrets[field_]) for name, field_ in request.secret_query]
    except KeyError:  # it was changed together with a definition that this execution does not have
        return Failure(FailureType.CREDENTIAL_UNUSABLE, "The connector's secret headers and parameters have changed.")
    own = holder.authorized.confidential
    assert own is not None
    confidential = Confidential(own.origins, [name for name, _ in headers], ()) + own
    if authorized.confidential is not None and authorized.confidential is not own:
        confidential = confidential + authorized.confidential
    texts = authorized.secrets | holder.authorized.secrets
    return Authorized(authorized.headers + headers, authorized.query + query, texts, confidential)
