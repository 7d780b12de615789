"""Shares of what a process has little of: calls under way, waiting callers, look-ups of names, bytes of answers.

A connector, and its workspace, may hold so many times as much as is free at that moment. Who is alone holds most of
it, and something is always left for whoever comes next; the more want it, the smaller is everybody's share, and nobody
has to be told ("dynamic thresholds", Choudhury and Hahne, 1998). What is held is never taken away: a call cannot be.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

CONNECTOR_TIMES: Final = 3
WORKSPACE_TIMES: Final = 7
RESERVED_PART: Final = 16
"""One in so many is for interactive executions only."""


@dataclass(frozen=True, slots=True)
class Spent:
    """A share that is used up, `held` of `most`. `times`: whose it is, as in `Party`."""

    times: int
    held: int
    most: int


Party = tuple[int, Hashable, bool]
"""How many times what is free it may hold (0: it is nobody's share, nothing is free), whose share it is, and whether it
may use the reserve."""


class Shares:
    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0
        self._reserved = most // RESERVED_PART
        self._connectors: dict[Hashable, int] = {}
        self._workspaces: dict[Hashable, int] = {}

    @property
    def free(self) -> int:
        return max(0, self.most - self.taken)

    def refusal(self, workspace: Hashable, connector: Hashable, *, urgent: bool) -> Party | None:
        """Whose share leaves no room for another; None when there is room. `urgent`: it may use what is reserved.

        Where several are used up it is the connector's that is named, unless nothing is free.
        """
        free = self._free_for(urgent)
        if free <= 0:
            return 0, None, urgent
        if self._connectors.get(connector, 0) >= CONNECTOR_TIMES * free:
            return CONNECTOR_TIMES, connector, urgent
        if self._workspaces.get(workspace, 0) >= WORKSPACE_TIMES * free:
            return WORKSPACE_TIMES, workspace, urgent
        return None

    def widest_refusal(self, workspace: Hashable, connector: Hashable, *, urgent: bool) -> Party | None:
        """As `refusal`; where several are used up, the one that the most others share."""
        party = self.refusal(workspace, connector, urgent=urgent)
        if party is None or party[0] != CONNECTOR_TIMES:
            return party
        spent = self._workspaces.get(workspace, 0) >= WORKSPACE_TIMES * self._free_for(urgent)
        return (WORKSPACE_TIMES, workspace, urgent) if spent else party

    def spent(self, workspace: Hashable, connector: Hashable) -> Spent | None:
        """The share that leaves no room for another one that is not interactive."""
        party = self.refusal(workspace, connector, urgent=False)
        if party is None:
            return None
        return Spent(party[0], self.held_by(party), self.most)

    def room_of(self, party: Party) -> int:
        """How many more it could take one after the other."""
        times, _, urgent = party
        free = self._free_for(urgent)
        if times == 0 or free <= 0:
            return max(0, free)
        return max(0, -((self.held_by(party) - times * free) // (1 + times)))

    def room_for(self, workspace: Hashable, connector: Hashable) -> int:
        """The same for a connector within its workspace, without the reserve."""
        parties = ((CONNECTOR_TIMES, connector, False), (WORKSPACE_TIMES, workspace, False))
        return min(self.room_of(party) for party in parties)

    def held_by(self, party: Party) -> int:
        """How much it holds; all that is held when it is nobody's share."""
        times, who, _ = party
        if times == 0:
            return self.taken
        return (self._connectors if times == CONNECTOR_TIMES else self._workspaces).get(who, 0)

    def _free_for(self, urgent: bool) -> int:
        return self.most - self.taken - (0 if urgent else self._reserved)

    def take(self, workspace: Hashable, connector: Hashable, amount: int = 1) -> None:
        self.taken += amount
        self._connectors[connector] = self._connectors.get(connector, 0) + amount
        self._workspaces[workspace] = self._workspaces.get(workspace, 0) + amount

    def give_back(self, workspace: Hashable, connector: Hashable, amount: int = 1) -> None:
        self.taken -= amount
        _less(self._connectors, connector, amount)
        _less(self._workspaces, workspace, amount)


def _less(held: dict[Hashable, int], who: Hashable, amount: int) -> None:
    left = held[who] - amount
    if left:
        held[who] = left
    else:
        del held[who]
