"""Every published credential, and each that is in use as it stands now.

A plan keeps the credential itself, and not what it was when the plan was compiled: an execution that runs is authorized
by the present revision at its next attempt.
"""

import asyncio
from collections.abc import Callable
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

from connector_executor.connectors.latest import LatestFacts
from connector_executor.connectors.reading import read_credential
from connector_executor.outcome import Failure
from connector_executor.parking.port import ParkReason
from connectors_shared.contract.credential import CredentialStatus, PublishedCredential
from connectors_shared.contract.facts import Kind
from connectors_shared.contract.failure import FailureType
from connectors_shared.definition.auth import KINDS
from connectors_shared.definition.auth.sealed import kind_of
from connectors_shared.definition.problems import Problem, told
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
MISSING: Final = "The connector's credential is not published (yet)."
TOKENLESS: Final = "The connector's credential has no access token at present; one is being obtained."
DELETED: Final = "The connector's credential was deleted."
AWAITED: Final = frozenset({ParkReason.CREDENTIAL_MISSING, ParkReason.TOKEN_MISSING})
"""May be over in a moment: a caller waits for that."""


class LiveCredential:
    """One credential, as the table knows it now; whoever uses it sees each change.

    `published` is its present revision when that can be used. Otherwise `hold` says for what its executions wait, or,
    when waiting helps nobody, they fail; `why` is the sentence for either. A stale one has both `published` and
    `hold`. `opened` is for whoever opens it: it is emptied with each change. `changes` is set by the next one.
    """

    __slots__ = ("__weakref__", "changes", "hold", "id", "opened", "published", "why")

    def __init__(self, credential_id: UUID) -> None:
        self.id = credential_id
        self.published: PublishedCredential | None = None
        self.hold: ParkReason | None = None
        self.why = ""
        self.opened: object = None
        self.changes: asyncio.Event | None = None

    def __repr__(self) -> str:
        return f"LiveCredential({self.id})"

    @property
    def fault(self) -> Failure | None:
        """What its executions come to when it can neither be used nor waited for."""
        if self.published is not None or self.hold is not None:
            return None
        return Failure(FailureType.CREDENTIAL_UNUSABLE, self.why)

    @property
    def is_issued(self) -> bool:
        """Does the registry obtain it?"""
        kind = KINDS.get(self.published.type) if self.published is not None else None
        return kind is not None and bool(kind.issued)

    @property
    def revision(self) -> int:
        """0 when it cannot be used."""
        return self.published.revision if self.published is not None else 0

    def wait_for_renewal(self) -> asyncio.Event:
        """Its executions are kept: its token was refused, and another one is asked for. Set when it changes."""
        self.hold, self.why, self.changes = ParkReason.TOKEN_MISSING, TOKENLESS, asyncio.Event()
        return self.changes

    def is_not_renewed(self, revision: int) -> bool:
        """It is as it was, and nobody has to wait for it; False when it has changed meanwhile."""
        if self.revision != revision or self.hold is not ParkReason.TOKEN_MISSING:
            return False
        self.hold, self.why = None, ""
        return True

    @property
    def lacks_token(self) -> bool:
        """Nothing can be called with it, not even to try."""
        return self.published is not None and lacks_token(self.published)

    @property
    def is_deleted(self) -> bool:
        return self.why is DELETED

    def become(self, published: PublishedCredential | None, hold: ParkReason | None = None, why: str = "") -> None:
        self.published, self.hold, self.why, self.opened = published, hold, why, None
        if self.changes is not None:
            self.changes.set()


class CredentialTable:
    """The highest revision by credential id, see `LatestFacts`."""

    def __init__(self, on_outdated: Callable[[], None] = lambda: None) -> None:
        self._facts = LatestFacts(Kind.CREDENTIAL, _wrong, on_outdated)
        self._live: WeakValueDictionary[UUID, LiveCredential] = WeakValueDictionary()

    def __len__(self) -> int:
        return len(self._facts)

    def apply(self, credential_id: UUID, value: bytes | None) -> bool:
        """A message of `connector.config`, None for a tombstone; whether it changed something."""
        if not self._facts.apply(credential_id, value):
            return False
        in_use = self._live.get(credential_id)
        if in_use is not None:
            self._read(in_use)
        return True

    def has(self, credential_id: UUID) -> bool:
        """Whether it is published, readable or not."""
        return self._facts.message(credential_id) is not None

    def revision(self, credential_id: UUID) -> int:
        """Of what is published, readable or not; 0 of what never was."""
        return self._facts.revision(credential_id)

    def live(self, credential_id: UUID) -> LiveCredential:
        found = self._live.get(credential_id)
        if found is None:
            found = self._live[credential_id] = LiveCredential(credential_id)
            self._read(found)
        return found

    def _read(self, credential: LiveCredential) -> None:
        message = self._facts.message(credential.id)
        if message is not None:
            judge(credential, message)
        elif self._facts.deleted_from(credential.id) is not None:
            credential.become(None, None, DELETED)
        else:
            credential.become(None, ParkReason.CREDENTIAL_MISSING, MISSING)


def _wrong(credential_id: UUID, message: bytes) -> str | None:
    read = read_credential(message)
    if isinstance(read, str):
        log.error("config.unreadable", entity=f"{Kind.CREDENTIAL}/{credential_id}", why=read)
        return None
    return None if read.credential_id == credential_id else "credentialId: is not that of the key"


def judge(credential: LiveCredential, message: bytes) -> LiveCredential:
    """Make it what the message says."""
    published = read_credential(message)
    if isinstance(published, str):
        credential.become(None, ParkReason.CREDENTIAL_UNREADABLE, _unreadable(published))
        return credential
    kind = kind_of(published)
    if not isinstance(kind, list):
        stale = published.status is CredentialStatus.STALE
        if not stale and lacks_token(published):
            credential.become(None, ParkReason.TOKEN_MISSING, TOKENLESS)
        else:
            credential.become(published, ParkReason.CREDENTIAL_STALE if stale else None)
    elif _is_newer(kind):
        credential.become(None, ParkReason.CREDENTIAL_UNREADABLE, _unreadable(told(kind)))
    else:
        credential.become(None, None, f"The connector's credential cannot be used: {told(kind)}.")
    return credential


def lacks_token(published: PublishedCredential) -> bool:
    """Is it one whose token the registry obtains, and has not got?"""
    kind = KINDS.get(published.type)
    return kind is not None and any(name not in published.sealed for name in kind.issued)


def _is_newer(problems: list[Problem]) -> bool:
    return any(problem.unknown_word for problem in problems)


def _unreadable(why: str) -> str:
    return f"This version of the executor cannot read the connector's credential: {why}."
