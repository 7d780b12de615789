"""What a workspace's fact says: which country's a phone number is that has no code, and how often it may ask."""

from functools import cache
from typing import Annotated, Final
from uuid import UUID

import msgspec

from connectors_shared.contract.facts import MOST_REVISIONS
from connectors_shared.runtime.logging import get_logger
from field_mapper.coercion import UserFieldCoercion, is_region

log = get_logger(__name__)


class _Fact(msgspec.Struct, rename="camel"):
    """As much of a `PublishedWorkspace`, or of its deletion, as matters here; the rest may be a newer producer's."""

    revision: Annotated[int, msgspec.Meta(ge=1, le=MOST_REVISIONS)]
    deleted: bool = False
    phone_region: str | None = None
    requests_per_minute: int | None = None


class _Settled(msgspec.Struct, frozen=True):
    revision: int = 0
    phone_region: str | None = None
    requests_per_minute: int | None = None


_NOTHING: Final = _Settled()
_FACTS: Final = msgspec.json.Decoder(_Fact)


class Regions:
    """What holds for each workspace. `fallback` is for those that have settled nothing; None: theirs is not known."""

    def __init__(self, fallback: str | None = None) -> None:
        self._fallback = fallback
        self._settled: dict[UUID, _Settled] = {}
        self._coercion = cache(UserFieldCoercion)

    def __call__(self, workspace_id: UUID) -> UserFieldCoercion:
        """The coercion for values of a workspace, as it is now."""
        region = self._settled.get(workspace_id, _NOTHING).phone_region
        return self._coercion(region or self._fallback)

    async def requests_per_minute(self, workspace_id: UUID) -> int | None:
        """None where it has settled nothing."""
        return self._settled.get(workspace_id, _NOTHING).requests_per_minute

    def apply(self, workspace_id: UUID, fact: bytes | None) -> None:
        """The newest revision holds; None is a tombstone. What cannot be read is left out: it may be a newer one's."""
        if fact is None:
            self._settled.pop(workspace_id, None)
            return
        try:
            read = _FACTS.decode(fact)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            log.warning("workspace.unreadable", workspace_id=str(workspace_id))
            return
        if read.revision < self._settled.get(workspace_id, _NOTHING).revision:
            return
        if read.deleted:
            self._settled[workspace_id] = _Settled(read.revision)
            return
        region, per_minute = read.phone_region, read.requests_per_minute
        if region is not None and not is_region(region):
            log.warning("workspace.region_unknown", workspace_id=str(workspace_id))
            region = None
        positive = per_minute if per_minute is not None and per_minute > 0 else None
        self._settled[workspace_id] = _Settled(read.revision, region, positive)
