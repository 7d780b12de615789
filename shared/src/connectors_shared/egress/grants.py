"""Precise exceptions: an administrator lets one host and port through, and nobody switches the guard off."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from connectors_shared.definition.origins import UrlError, canonical_host, split_authority

from .answers import Whose

WHOLE_WORKSPACE: Final = ""
"""In place of a connector: a grant for all of them."""


@dataclass(frozen=True, slots=True)
class Grant:
    """`host` as in `Origin.host`: a lower-case name, or an IP address without brackets."""

    host: str
    port: int


class Grants:
    """Who may call what is internal: `everybody` what the operator allows, a workspace or a connector what it was given
    itself. `changed` are told when the latter change.
    """

    def __init__(self, everybody: Iterable[Grant] = ()) -> None:
        self._everybody = frozenset(everybody)
        self._given: dict[UUID, Grant] = {}
        self._parties: dict[Grant, dict[UUID, Whose]] = {}
        self.changed: list[Callable[[], object]] = []

    def __len__(self) -> int:
        return len(self._given)

    def is_for_everybody(self, grant: Grant) -> bool:
        return grant in self._everybody

    def parties(self, grant: Grant) -> frozenset[Whose]:
        """Workspace and connector, or `WHOLE_WORKSPACE`, of those who were given it."""
        return frozenset(self._parties.get(grant, {}).values())

    def knows(self, grant_id: UUID) -> bool:
        return grant_id in self._given

    def give(self, grant_id: UUID, grant: Grant, whose: Whose) -> None:
        """Instead of what was given under this id before."""
        self._forget(grant_id)
        self._given[grant_id] = grant
        self._parties.setdefault(grant, {})[grant_id] = whose
        self._tell()

    def take_away(self, grant_id: UUID) -> None:
        if self._forget(grant_id):
            self._tell()

    def _forget(self, grant_id: UUID) -> bool:
        grant = self._given.pop(grant_id, None)
        if grant is None:
            return False
        del self._parties[grant][grant_id]
        if not self._parties[grant]:
            del self._parties[grant]
        return True

    def _tell(self) -> None:
        for tell in self.changed:
            tell()


def parse_grants(text: str) -> frozenset[Grant]:
    """Reads `host:port` entries separated by commas, IPv6 in brackets. Raises ValueError for a bad one."""
    return frozenset(_parse_grant(entry.strip()) for entry in text.split(",") if entry.strip())


def _parse_grant(entry: str) -> Grant:
    try:
        host, port = split_authority(entry)
        canonical, _ = canonical_host(host)
    except UrlError as error:
        raise ValueError(f"{entry!r} is not a host and port: {error.message}") from None
    if port is None:
        raise ValueError(f"{entry!r} needs a port, as in internal.example:8443")
    return Grant(canonical, port)
