"""The in-memory twin of the Redis admission: the same answers, for tests and for reading."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from connector_executor.admission.port import Admitted, Ask, BudgetSpec, Completion, Verdict

BUSY_RETRY_US = 50_000


@dataclass(slots=True)
class Claim:
    """What is remembered of one execution."""

    owner: str
    lease_until_us: int
    slot_us: int = 0
    attempt: int = 0
    result: bytes | None = None
    settled: bool = False


@dataclass(slots=True)
class Budget:
    """Arrival times by window, the hold, and who is in flight until when."""

    arrivals_us: dict[int, int] = field(default_factory=dict)
    held_until_us: int = 0
    in_flight: dict[str, int] = field(default_factory=dict)


class Store:
    """What all replicas share; `now_us` is the store's own clock in microseconds."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self.now_us = now_us
        self.claims: dict[tuple[str, str], Claim] = {}
        self.budgets: dict[tuple[str, str], Budget] = {}


class InMemoryAdmission:
    """One replica, called `owner`, on a shared store."""

    def __init__(self, store: Store, owner: str, horizon_us: int, lease_us: int) -> None:
        self._store = store
        self._owner = owner
        self._horizon_us = horizon_us
        self._lease_us = lease_us

    async def admit(self, asks: Sequence[Ask]) -> list[Admitted]:
        return [self._admit(ask) for ask in asks]

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

    async def renew(self, asks: Sequence[Ask]) -> None:
        until = self._store.now_us() + self._lease_us
        for ask in asks:
            claim = self._claim(ask)
            if claim and self._is_running_here(claim):
                claim.lease_until_us = until
                in_flight = self._budget(ask).in_flight
                if ask.execution_id in in_flight:
                    in_flight[ask.execution_id] = until

    async def hold(self, workspace_id: str, budget_key: str, seconds: float) -> None:
        budget = self._store.budgets.setdefault((workspace_id, budget_key), Budget())
        budget.held_until_us = max(budget.held_until_us, self._store.now_us() + round(seconds * 1e6))

    async def check(self) -> None:
        return

    def _admit(self, ask: Ask) -> Admitted:
        now = self._store.now_us()
        claim = self._claim(ask)
        if claim and claim.settled:
            return Admitted(Verdict.SETTLED)
        if claim and claim.result is not None:
            return Admitted(Verdict.DONE, result=claim.result)
        if claim and claim.owner == self._owner and claim.attempt >= ask.attempt:
            return Admitted(Verdict.GO, max(0, claim.slot_us - now))
        if claim and claim.owner != self._owner:
            if claim.lease_until_us > now:
                return Admitted(Verdict.RUNNING, claim.lease_until_us - now)
            if not ask.repeatable:
                return Admitted(Verdict.UNKNOWN)
        return self._reserve(ask, now)

    def _reserve(self, ask: Ask, now: int) -> Admitted:
        budget, spec = self._budget(ask), ask.budget
        slot = max(now, budget.held_until_us)
        for index, (_, tolerance) in enumerate(spec.windows):
            slot = max(slot, budget.arrivals_us.get(index, 0) - tolerance)
        if slot - now > self._horizon_us:
            return Admitted(Verdict.LATER, slot - now)
        if not self._take_place(budget, spec, ask.execution_id, now):
            return Admitted(Verdict.BUSY, BUSY_RETRY_US)
        for index, (interval, _) in enumerate(spec.windows):
            budget.arrivals_us[index] = max(budget.arrivals_us.get(index, 0), slot) + interval * spec.weight
        self._store.claims[ask.workspace_id, ask.execution_id] = Claim(
            self._owner, slot + self._lease_us, slot, ask.attempt
        )
        return Admitted(Verdict.GO, slot - now)

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
            claim.result = completion.result
        return claim.result

    def _is_running_here(self, claim: Claim) -> bool:
        return claim.owner == self._owner and claim.result is None and not claim.settled

    def _claim(self, ask: Ask) -> Claim | None:
        return self._store.claims.get((ask.workspace_id, ask.execution_id))

    def _budget(self, ask: Ask) -> Budget:
        return self._store.budgets.setdefault((ask.workspace_id, ask.budget.key), Budget())
