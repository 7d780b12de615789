"""Where requests go: judged once, and remembered as long as nothing changes about who may call what."""

from collections.abc import Hashable
from typing import Final

from connectors_shared.contract.grant import Permitter
from connectors_shared.definition.origins import Origin

from .answers import Whose
from .grants import WHOLE_WORKSPACE
from .guard import AddressGuard
from .origin import parse_origin
from .refusal import SendError
from .request import RefusedPlace, SendFailureKind

MOST_ORIGINS: Final = 2048


class Destination:
    """Made once per origin, and once for each party that was granted what is internal there. Connections are pooled by
    `key`, so those of a party are its own."""

    __slots__ = ("granted", "host_header", "is_secure", "key", "name", "origin")

    def __init__(self, origin: Origin, party: Whose | None = None) -> None:
        self.origin = origin
        self.name = str(origin)
        self.host_header = origin.host_header
        self.is_secure = origin.scheme == "https"
        self.granted = party is not None
        self.key: Hashable = (self.name, party)


class _Entry:
    """An origin. `open` is None while only those may call it whom it was granted to."""

    __slots__ = ("granted", "open", "origin")

    def __init__(self, origin: Origin, granted: dict[Whose, Destination]) -> None:
        self.origin = origin
        self.granted = granted
        self.open: Destination | None = None


class Destinations:
    """What was granted has connections of its own: nobody else may be given one of them out of the pool."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._entries: dict[str, _Entry] = {}
        guard.grants.changed.append(self._entries.clear)

    def find(self, origin_text: str, whose: Whose) -> Destination:
        """`origin_text` as it is written in a URL. Raises SendError."""
        entry = self._entries.get(origin_text)
        if entry is None:
            entry = self._enter(origin_text)
        if not self._guard.origins.permit(whose[0], entry.origin):
            raise SendError(
                SendFailureKind.address_refused,
                f"The workspace does not allow calls of {entry.origin.host_header}.",
                RefusedPlace(entry.origin.host, entry.origin.port, Permitter.ALLOWED_ORIGINS),
            )
        if entry.granted:
            granted = entry.granted.get(whose) or entry.granted.get((whose[0], WHOLE_WORKSPACE))
            if granted is not None:
                return granted
        if entry.open is None:
            self._guard.check(entry.origin)
            entry.open = Destination(entry.origin)
        return entry.open

    def _enter(self, origin_text: str) -> _Entry:
        origin = parse_origin(origin_text)
        parties = self._guard.parties(origin)
        entry = _Entry(origin, {party: Destination(origin, party) for party in parties})
        if len(self._entries) >= MOST_ORIGINS:
            del self._entries[next(iter(self._entries))]
        self._entries[origin_text] = entry
        return entry
