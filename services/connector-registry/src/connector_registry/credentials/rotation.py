"""Seals anew what is stored under a key that is not the first of the keyring, so that that key can be taken away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from connector_registry.credentials.port import Credential
from connector_registry.metrics import Metrics
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.secrets import UnsealError

log = get_logger(__name__)
AT_ONCE: Final = 50
PAUSE_SECONDS: Final = 0.5
"""Between so many of them: each is a message to all executors."""
LOOK_SECONDS: Final = 60.0

SealedAnew = Callable[[Credential], Credential]
"""The same under the first key. Raises UnsealError."""


class Came(StrEnum):
    """What came of one. `gone`: it was deleted, or another process was faster; `later`: it is being renewed."""

    SEALED = "sealed"
    GONE = "gone"
    LATER = "later"
    UNOPENABLE = "unopenable"


@dataclass(frozen=True, slots=True)
class UnderFormer:
    """A credential that has a secret, or a token, under a former key."""

    workspace_id: UUID
    credential_id: UUID


@dataclass(frozen=True, slots=True)
class Counts:
    """Credentials with something under a former key, and those with something under a key that nobody has here."""

    under_former: int
    under_unknown: int


class SealedStore(Protocol):
    """All workspaces."""

    async def sealed_under(self, keys: Sequence[str], after: UUID | None, limit: int) -> list[UnderFormer]:
        """By id, after one."""

    async def seal(self, one: UnderFormer, sealed_anew: SealedAnew) -> Came:
        """Save it sealed anew, and tell the executors, in one transaction. Raises UnsealError."""

    async def counts(self, former: Sequence[str], known: Sequence[str]) -> Counts: ...


class Rotation:
    """`former`: key ids of the keyring that are not its first, which is `first`. Several processes may run it."""

    def __init__(
        self, store: SealedStore, sealed_anew: SealedAnew, first: str, former: Sequence[str], metrics: Metrics
    ) -> None:
        self._store = store
        self._sealed_anew = sealed_anew
        self._known = [first, *former]
        self._former = former
        self._metrics = metrics
        self._after: UUID | None = None
        self._sealed = 0

    async def look(self) -> float:
        """The next of them; how many seconds to pause then."""
        found = await self._store.sealed_under(self._former, self._after, AT_ONCE) if self._former else []
        for one in found:
            came = await self._one(one)
            self._sealed += came is Came.SEALED
            self._metrics.sealed_anew.labels(came.value).inc()
        if len(found) == AT_ONCE:
            self._after = found[-1].credential_id
            return PAUSE_SECONDS
        self._after = None
        return await self._told()

    async def _one(self, one: UnderFormer) -> Came:
        try:
            return await self._store.seal(one, self._sealed_anew)
        except UnsealError as error:
            log.error("secrets.unopenable", credential_id=str(one.credential_id), why=str(error))
            return Came.UNOPENABLE

    async def _told(self) -> float:
        """All of them were looked at."""
        counts = await self._store.counts(self._former, self._known)
        self._metrics.under_former_keys.set(counts.under_former)
        self._metrics.under_unknown_keys.set(counts.under_unknown)
        if counts.under_unknown:
            log.error("secrets.unknown_key", credentials=counts.under_unknown, known=self._known)
        if self._sealed:
            log.info("secrets.sealed_anew", credentials=self._sealed, left=counts.under_former, first=self._known[0])
            self._sealed = 0
        return LOOK_SECONDS
