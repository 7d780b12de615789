"""One round of draining a backlog: some rows are tried, and their answers say when to look again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from connector_executor.admission.port import Verdict
from connector_executor.connectors.plan import Plan
from connector_executor.execution import Arrival, Execution, Origin
from connector_executor.parking.port import TROUBLES, Backlog, Finding, Key, TakenRow
from connector_executor.parking.reasons import PARKS, park_reason

MIN_PAUSE_SECONDS = 0.02
MIN_REFUSED_SECONDS = 0.05
PROBED = frozenset({Verdict.OPEN, Verdict.UNHEALTHY})


@dataclass(slots=True)
class Round:
    """`asked` rows were wanted, `open` of those taken have no answer yet; `closed` is told when all have one."""

    backlog: Backlog
    plan: Plan
    asked: int
    taken: int
    open: int
    closed: Callable[["Round"], None]
    last_wait_seconds: float = 0.0
    refused: list[tuple[Verdict, float]] = field(default_factory=list)

    def answer(self, wait_seconds: float, refusal: Verdict | None = None) -> None:
        if refusal is None:
            self.last_wait_seconds = max(self.last_wait_seconds, wait_seconds)
        else:
            self.refused.append((refusal, wait_seconds))
        self.open -= 1
        if self.open == 0:
            self.closed(self)

    def finding(self, cautious: bool) -> Finding | None:
        """What it showed of the API; nothing when a single call may only have been a try (`cautious`)."""
        for verdict, wait_seconds in self.refused:
            reason = park_reason(verdict, wait_seconds, self.plan) if verdict in PARKS else None
            if reason in TROUBLES:
                return Finding(reason)
        return None if self.refused or cautious else Finding(None)

    @property
    def exhausted(self) -> bool:
        """Nothing more is ready."""
        return not self.refused and self.taken < self.asked

    @property
    def probed(self) -> bool:
        """The upstream is tried by single calls: taking more than one row is in vain."""
        return any(verdict in PROBED for verdict, _ in self.refused)

    def pause_seconds(self, drain_horizon_seconds: float) -> float:
        """When another round is worth while: a slot is in reach again, or half of the reserved ones have gone."""
        if not self.refused:
            return max(MIN_PAUSE_SECONDS, self.last_wait_seconds / 2)
        verdict, wait_seconds = min(self.refused, key=lambda refused: refused[1])
        ahead = 0.0 if verdict in PROBED else drain_horizon_seconds
        return max(MIN_REFUSED_SECONDS, wait_seconds - ahead)


class Rows(Protocol):
    """Where rows go when this process is done with them."""

    def give_back(self, key: Key, generation: str | None) -> None: ...
    def let_go(self, key: Key) -> None: ...
    def remove(self, key: Key) -> None: ...
    def park_again(self, execution: Execution, verdict: Verdict, wait_seconds: float) -> None: ...


class ParkedOrigin(Origin):
    """An execution that came out of the backlog: its row is leased until it goes one of four ways."""

    arrival = Arrival.PARKED

    def __init__(self, row: TakenRow, rows: Rows) -> None:
        self._row = row
        self._rows = rows
        self._round: Round | None = None

    def join(self, round_: Round) -> None:
        self._round = round_

    def started(self, wait_seconds: float) -> None:
        self._answer(wait_seconds)

    def refused(self, execution: Execution, verdict: Verdict, wait_seconds: float) -> None:
        self._answer(wait_seconds, verdict)
        if execution.attempt == self._row.attempt:
            self._rows.give_back(self.key, None)
        else:
            self._rows.park_again(execution, verdict, wait_seconds)

    def returned(self) -> None:
        """Nobody was asked about it: if it was in doubt, it still is."""
        self._answer(0.0, Verdict.BUSY)
        self._rows.give_back(self.key, self._row.generation)

    def parked(self) -> None:
        self._rows.let_go(self.key)

    def dead_lettered(self) -> None:
        """Its row has been removed."""
        self._rows.let_go(self.key)

    def finished(self, message: bytes) -> None:
        self._rows.remove(self.key)

    @property
    def key(self) -> Key:
        return self._row.workspace_id, self._row.execution_id

    def _answer(self, wait_seconds: float, refusal: Verdict | None = None) -> None:
        round_, self._round = self._round, None
        if round_ is not None:
            round_.answer(wait_seconds, refusal)
