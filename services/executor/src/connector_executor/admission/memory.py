"""The in-memory twin of the Redis admission: the same answers, for tests and for reading."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from connector_executor.admission.inquiry import limits_of
from connector_executor.admission.port import (
    Admitted,
    Ask,
    BreakerPolicy,
    BudgetSpec,
    Completion,
    HealthChange,
    Limits,
    Queueing,
    StoreEmptiedError,
    Subject,
    Tally,
    Verdict,
)
from connector_executor.admission.ring import note_in_rings, ring_free_us
from connector_executor.admission.upstream import Breaker
from connector_executor.policies.quota import Advice

BUSY_RETRY_US = 50_000
MINUTE_US = 60_000_000
AT_ONCE_US = 2_000
JITTER_US = 100_000


@dataclass(slots=True)
class Claim:
    """What is remembered of one execution."""

    owner: str
    lease_until_us: int
    slot_us: int = 0
    attempt: int = 0
    result: bytes | None = None
    settled: bool = False
    parked: bool = False
    started: bool = True


@dataclass(slots=True)
class Arrival:
    """Until when one window is reserved, under which interval, and until when calls let go have used it up."""

    at_us: float = 0.0
    interval_us: float = 0.0
    used_us: float = 0.0
    weight: int = 1

    def under(self, interval_us: float, now_us: int) -> float:
        """What was reserved under another interval keeps its number of calls, not its time."""
        if not self.interval_us or self.interval_us == interval_us or self.at_us <= now_us:
            return self.at_us
        return now_us + (self.at_us - now_us) * interval_us / self.interval_us


@dataclass(slots=True)
class Line:
    """One window as an ask meets it."""

    arrival: Arrival
    interval_us: int
    reserved_us: float
    slot_us: float
    regular_us: float


@dataclass(slots=True)
class Budget:
    """Arrivals by window, the hold, what was learned, who is in flight until when, whose backlogs there are."""

    arrivals: defaultdict[str, Arrival] = field(default_factory=lambda: defaultdict(Arrival))
    rings: dict[str, float] = field(default_factory=dict)
    held_until_us: int = 0
    hold_source: str = ""
    learned_us: float = 0.0
    learned_until_us: int = 0
    learned_source: str = ""
    refusals_in_a_row: int = 0
    refused_at_us: int = 0
    in_flight: dict[str, int] = field(default_factory=dict)
    backlogs: set[str] = field(default_factory=set)


class Store:
    """What all replicas share; `now_us` is the store's own clock in microseconds."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self.now_us = now_us
        self.generations = 0
        self.generation = ""
        self.claims: dict[tuple[str, str], Claim] = {}
        self.budgets: dict[tuple[str, str], Budget] = {}
        self.breakers: dict[tuple[str, str], Breaker] = {}

    def forget_everything(self) -> None:
        """As a server that comes back without its data."""
        self.generation = ""
        self.claims, self.budgets, self.breakers = {}, {}, {}


class InMemoryAdmission:
    """One replica, called `owner`, on a shared store."""

    def __init__(
        self,
        store: Store,
        owner: str,
        horizon_us: int,
        lease_us: int,
        *,
        drain_horizon_us: int = 1_000_000,
        breakers: BreakerPolicy | None = None,
    ) -> None:
        self.generation = ""
        self._store = store
        self._owner = owner
        self._horizon_us = horizon_us
        self._drain_horizon_us = drain_horizon_us
        self._lease_us = lease_us
        self._policy = breakers or BreakerPolicy()

    async def join(self) -> str:
        if not self._store.generation:
            self._store.generations += 1
            self._store.generation = str(self._store.generations)
        self.generation = self._store.generation
        return self.generation

    async def reclaim(self, asks: Sequence[Ask]) -> None:
        now = self._store.now_us()
        for ask in asks:
            key = (ask.workspace_id, ask.execution_id)
            if key not in self._store.claims:
                self._store.claims[key] = Claim(self._owner, now + self._lease_us, now, ask.attempt)
                if ask.budget.max_concurrent:
                    self._budget(ask).in_flight[ask.execution_id] = now + self._lease_us

    async def admit(self, asks: Sequence[Ask]) -> list[Admitted]:
        if asks:
            self._check_generation()
        return [self._admit(ask) for ask in asks]

    async def park(self, asks: Sequence[Ask]) -> None:
        for ask in asks:
            claim = self._claim(ask)
            if claim and self._is_running_here(claim):
                self._set_parked(ask)

    async def mark_backlog(self, subjects: Sequence[Subject], exists: bool) -> None:
        for subject in subjects:
            backlogs = self._store.budgets.setdefault((subject.workspace_id, subject.budget.key), Budget()).backlogs
            if exists:
                backlogs.add(subject.connector_id)
            else:
                backlogs.discard(subject.connector_id)

    async def complete(self, completions: Sequence[Completion]) -> list[bytes | None]:
        return [self._complete(completion) for completion in completions]

    async def settle(self, executions: Sequence[tuple[str, str]]) -> None:
        for execution in executions:
            claim = self._store.claims.setdefault(execution, Claim(self._owner, 0))
            claim.settled, claim.result = True, None

    async def release(self, asks: Sequence[Ask]) -> None:
        for ask in asks:
            claim = self._claim(ask)
            if claim and self._is_running_here(claim):
                del self._store.claims[ask.workspace_id, ask.execution_id]
                self._budget(ask).in_flight.pop(ask.execution_id, None)
                self._breaker(ask).give_back(ask.connector_id, ask.execution_id, self._store.now_us())

    async def bury(self, executions: Sequence[tuple[str, str]]) -> None:
        for execution in executions:
            claim = self._store.claims.get(execution)
            if claim and claim.result is None and not claim.settled and (claim.parked or self._waits_here(claim)):
                del self._store.claims[execution]

    async def renew(self, asks: Sequence[Ask]) -> None:
        self._check_generation()
        until = self._store.now_us() + self._lease_us
        for ask in asks:
            claim = self._claim(ask)
            if claim and self._is_running_here(claim):
                claim.lease_until_us = until
                in_flight = self._budget(ask).in_flight
                if ask.execution_id in in_flight:
                    in_flight[ask.execution_id] = until

    async def observe(self, workspace_id: str, budget: BudgetSpec, seen: Advice) -> None:
        stored, now = self._store.budgets.setdefault((workspace_id, budget.key), Budget()), self._store.now_us()
        hold, interval, ttl = (round(s * 1e6) for s in (seen.hold_seconds, seen.interval_seconds, seen.ttl_seconds))
        if hold < 0:
            hold, penalty = self._escalate(stored, now, max((own for own, _ in budget.windows), default=0))
            if penalty and not interval:
                interval, ttl = penalty, MINUTE_US
        if hold and now + hold > stored.held_until_us:
            stored.held_until_us, stored.hold_source = now + hold, seen.source
        if interval:
            stored.learned_us, stored.learned_until_us, stored.learned_source = interval, now + ttl, seen.source

    async def report(self, tallies: Sequence[tuple[Subject, Tally]]) -> list[HealthChange]:
        changes: list[HealthChange] = []
        for subject, tally in tallies:
            breaker = self._store.breakers.setdefault((subject.workspace_id, subject.breaker), Breaker())
            changed = breaker.count(subject.connector_id, tally, self._policy, self._store.now_us())
            if changed:
                healthy, failing_us = changed
                changes.append(HealthChange(subject.workspace_id, subject.connector_id, healthy, failing_us / 1e6))
        return changes

    async def limits(self, subject: Subject) -> Limits:
        budget = self._store.budgets.get((subject.workspace_id, subject.budget.key), Budget())
        breaker = self._store.breakers.get((subject.workspace_id, subject.breaker), Breaker())
        fields = {
            "hold": str(budget.held_until_us),
            "hold_source": budget.hold_source,
            "li": str(budget.learned_us),
            "lu": str(budget.learned_until_us),
            "learned_source": budget.learned_source,
        }
        fields |= {name: str(arrival.at_us) for name, arrival in budget.arrivals.items()}
        fields |= {name.replace("w", "c"): str(arrival.used_us) for name, arrival in budget.arrivals.items()}
        fields |= {name: str(value) for name, value in budget.rings.items()}
        fields |= {f"b:{connector_id}": "1" for connector_id in budget.backlogs}
        return limits_of(self._store.now_us(), subject, fields, breaker.fields(), len(budget.in_flight))

    async def check(self) -> None:
        return

    def _check_generation(self) -> None:
        if self.generation != self._store.generation or not self.generation:
            raise StoreEmptiedError(f"the store has forgotten generation {self.generation or '(none)'}")

    def _escalate(self, stored: Budget, now: int, own_us: float) -> tuple[int, int]:
        """(hold, interval) after a refusal without a time."""
        if stored.held_until_us > now:
            return 0, 0
        in_a_row = stored.refusals_in_a_row if stored.refused_at_us > now - MINUTE_US else 0
        hold = min(1_000_000 * 2**in_a_row, MINUTE_US)
        stored.refusals_in_a_row, stored.refused_at_us = in_a_row + 1, now + hold
        known = stored.learned_us if stored.learned_until_us > now else own_us
        return hold, round(known * 1.5)

    def _admit(self, ask: Ask) -> Admitted:
        now = self._store.now_us()
        claim = self._claim(ask)
        if claim and claim.settled:
            return Admitted(Verdict.SETTLED)
        if claim and claim.result is not None:
            return Admitted(Verdict.DONE, result=claim.result)
        if claim and claim.parked:
            comes_back = ask.queueing in (Queueing.DRAINED, Queueing.ENDS)
            return self._reserve(ask, now) if comes_back else Admitted(Verdict.PARKED)
        if claim and ask.queueing is Queueing.ENDS:
            if claim.lease_until_us > now and not self._waits_here(claim):
                return Admitted(Verdict.RUNNING, claim.lease_until_us - now)
            if claim.started and not ask.repeatable:
                return Admitted(Verdict.UNKNOWN)
            return self._reserve(ask, now)
        if claim and claim.owner == self._owner and claim.attempt >= ask.attempt:
            if claim.slot_us - now > AT_ONCE_US:
                return self._go(ask, claim.slot_us, claim.attempt, now)
            return self._confirm(ask, claim, now)
        if claim and claim.owner != self._owner:
            if claim.lease_until_us > now:
                return Admitted(Verdict.RUNNING, claim.lease_until_us - now)
            if claim.started and not ask.repeatable:
                return Admitted(Verdict.UNKNOWN)
        if not claim and ask.handed_under not in (None, self.generation) and not ask.repeatable:
            return Admitted(Verdict.UNKNOWN)
        return self._reserve(ask, now)

    def _confirm(self, ask: Ask, claim: Claim, now: int) -> Admitted:
        """Its slot has come, or it was let go and the answer may have been lost: see `confirm` in `admit.lua`."""
        breaker = self._store.breakers.get((ask.workspace_id, ask.breaker), Breaker())
        budget, lines = self._budget(ask), self._lines(ask, now)
        if budget.held_until_us > now or breaker.until_us > now:
            return self._reserve(ask, now)
        if claim.started and now - claim.slot_us <= JITTER_US:
            return self._go(ask, claim.slot_us, claim.attempt, now)
        if self._free(ask, lines, now) - now > AT_ONCE_US:
            return self._reserve(ask, now)
        self._use(ask, lines, now)
        return self._go(ask, now, claim.attempt, now)

    def _lines(self, ask: Ask, now: int) -> list[Line]:
        budget, spec = self._budget(ask), ask.budget
        windows = [(f"w{index}", interval, tolerance) for index, (interval, tolerance) in enumerate(spec.windows)]
        if budget.learned_until_us > now:
            windows.append(("wl", round(budget.learned_us), 0))
        lines: list[Line] = []
        for name, interval, tolerance in windows:
            arrival = budget.arrivals[name]
            reserved = arrival.under(interval, now)
            room = max(tolerance - (spec.weight - 1) * interval, 0)
            most = now + tolerance + JITTER_US + interval * max(spec.weight, arrival.weight)
            arrival.used_us = min(arrival.used_us, most)
            lines.append(Line(arrival, interval, reserved, reserved - room, arrival.used_us - room))
        return lines

    def _free(self, ask: Ask, lines: list[Line], now: int, jitter_us: int = JITTER_US) -> float:
        """From when on another call may be let go."""
        ring = ring_free_us(self._budget(ask).rings, ask.budget.quotas, ask.budget.weight, now)
        return max([now, ring, *(line.regular_us - jitter_us for line in lines)])

    def _use(self, ask: Ask, lines: list[Line], now: int) -> None:
        for line in lines:
            line.arrival.used_us = max(line.arrival.used_us, now) + line.interval_us * ask.budget.weight
        note_in_rings(self._budget(ask).rings, ask.budget.quotas, ask.budget.weight, now)

    def _reserve_end(self, ask: Ask, now: int) -> Admitted:
        """It is not to be called any more, and waits for its outcome."""
        claim = Claim(self._owner, now + self._lease_us, now, ask.attempt, started=False)
        self._store.claims[ask.workspace_id, ask.execution_id] = claim
        return Admitted(Verdict.GO)

    def _reserve(self, ask: Ask, now: int) -> Admitted:
        if ask.queueing is Queueing.ENDS:
            return self._reserve_end(ask, now)
        budget, spec, lines = self._budget(ask), ask.budget, self._lines(ask, now)
        slot = round(max([now, budget.held_until_us, *(line.slot_us for line in lines)]))
        if self._free(ask, lines, now) - now > AT_ONCE_US:
            slot = max(slot, round(self._free(ask, lines, now, jitter_us=0)))
        breaker = self._breaker(ask)
        refusal = breaker.refusal(ask.connector_id, ask.execution_id, now)
        if refusal:
            return self._refuse(ask, *refusal)
        if ask.queueing is Queueing.PARKS and ask.connector_id in budget.backlogs:
            return self._refuse(ask, Verdict.BEHIND, slot - now)
        horizon = self._drain_horizon_us if ask.queueing is Queueing.DRAINED else self._horizon_us
        if slot - now > horizon:
            return self._refuse(ask, Verdict.HELD if slot == budget.held_until_us else Verdict.LATER, slot - now)
        if not self._take_place(budget, spec, ask.execution_id, now):
            return Admitted(Verdict.BUSY, BUSY_RETRY_US)
        breaker.admitted(ask.connector_id, ask.execution_id, slot, now, self._policy)
        for line in lines:
            line.arrival.at_us = max(line.reserved_us, slot) + line.interval_us * spec.weight
            line.arrival.interval_us, line.arrival.weight = line.interval_us, spec.weight
        if slot - now <= AT_ONCE_US:
            self._use(ask, lines, now)
        return self._go(ask, slot, ask.attempt, now, breaker.knows(ask.connector_id))

    def _go(self, ask: Ask, slot: int, attempt: int, now: int, watched: bool = True) -> Admitted:
        """A wait of 0 is leave to call; whoever waits has not called yet, and asks once more."""
        wait = slot - now if slot - now > AT_ONCE_US else 0
        claim = Claim(self._owner, slot + self._lease_us, slot, attempt, started=not wait)
        self._store.claims[ask.workspace_id, ask.execution_id] = claim
        return Admitted(Verdict.GO, wait, watched=watched)

    def _refuse(self, ask: Ask, verdict: Verdict, wait_us: int) -> Admitted:
        if ask.queueing in (Queueing.PARKS, Queueing.OVERTAKES):
            self._set_parked(ask)
            self._budget(ask).backlogs.add(ask.connector_id)
        elif ask.queueing is Queueing.DRAINED and self._claim(ask):
            self._set_parked(ask)
        breaker = self._breaker(ask)
        if breaker.probe == ask.execution_id:
            breaker.probe, breaker.probe_until_us = "", 0
        return Admitted(verdict, wait_us)

    def _set_parked(self, ask: Ask) -> None:
        self._store.claims[ask.workspace_id, ask.execution_id] = Claim("", 0, attempt=ask.attempt, parked=True)
        self._budget(ask).in_flight.pop(ask.execution_id, None)

    def _take_place(self, budget: Budget, spec: BudgetSpec, execution_id: str, now: int) -> bool:
        if not spec.max_concurrent:
            return True
        budget.in_flight = {key: until for key, until in budget.in_flight.items() if until > now}
        if execution_id not in budget.in_flight and len(budget.in_flight) >= spec.max_concurrent:
            return False
        budget.in_flight[execution_id] = now + self._lease_us + self._horizon_us
        return True

    def _complete(self, completion: Completion) -> bytes | None:
        ask = completion.ask
        self._budget(ask).in_flight.pop(ask.execution_id, None)
        claim = self._store.claims.setdefault((ask.workspace_id, ask.execution_id), Claim(self._owner, 0))
        if claim.settled:
            return None
        if claim.result is None:
            claim.result, claim.parked = completion.result, False
        return claim.result

    def _is_running_here(self, claim: Claim) -> bool:
        return claim.owner == self._owner and claim.result is None and not claim.settled

    def _waits_here(self, claim: Claim) -> bool:
        return claim.owner == self._owner and not claim.started

    def _breaker(self, ask: Ask) -> Breaker:
        return self._store.breakers.setdefault((ask.workspace_id, ask.breaker), Breaker())

    def _claim(self, ask: Ask) -> Claim | None:
        return self._store.claims.get((ask.workspace_id, ask.execution_id))

    def _budget(self, ask: Ask) -> Budget:
        return self._store.budgets.setdefault((ask.workspace_id, ask.budget.key), Budget())
