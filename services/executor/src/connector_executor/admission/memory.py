"""The in-memory twin of the Redis admission: the same answers, for tests and for reading."""

from collections.abc import Sequence

from connector_executor.admission.inquiry import limits_of
from connector_executor.admission.memory_budget import JITTER_US, Budget
from connector_executor.admission.memory_store import Claim, Knowledge, Store
from connector_executor.admission.port import (
    Admitted,
    Ask,
    BreakerPolicy,
    BudgetSpec,
    Claimed,
    Completion,
    Ended,
    HealthChange,
    Limits,
    Memory,
    Queueing,
    Recheck,
    StoreEmptiedError,
    Subject,
    Tally,
    Verdict,
    Whole,
    as_told,
)
from connector_executor.admission.upstream import Breaker
from connector_executor.policies.quota import Advice

BUSY_RETRY_US = 50_000
AT_ONCE_US = 2_000
ENDING_US = 500_000
RECOVERING_US = 100_000
REFILL_LEASE_US = 3_000_000
TAIL_MARGIN_MS = 60_000
NOT_CALLED = (Queueing.ENDS, Queueing.FAILS)


class InMemoryAdmission(Whole):
    """One replica, called `owner`, on a shared store."""

    def __init__(
        self,
        store: Store,
        owner: str,
        horizon_us: int,
        lease_us: int,
        *,
        drain_horizon_us: int = 1_000_000,
        settling_us: int = 0,
        reads_wait_us: int = 0,
        breakers: BreakerPolicy | None = None,
    ) -> None:
        self.generation = ""
        self._store = store
        self._owner = owner
        self._horizon_us = horizon_us
        self._drain_horizon_us = drain_horizon_us
        self._settling_us = settling_us
        self._reads_wait_us = reads_wait_us
        self._lease_us = lease_us
        self._policy = breakers or BreakerPolicy()

    async def join(
        self, claimed: Sequence[Claimed] = (), ended: Sequence[Ended] = (), recheck: Recheck = as_told
    ) -> str:
        found, now, store = self._store.knowledge, self._store.now_us(), self._store
        if found is None or (found.server != store.server and found.run != store.run):
            since = found.since_ms if found else 0
            generation, settled = store.new_generation(), now + self._settling_us
            store.knowledge = Knowledge(generation, store.server, store.run, now, settled, since_ms=since)
            if found:
                tail = max(0, found.alive_ms - TAIL_MARGIN_MS) if found.ready else found.tail_ms
                store.knowledge.tail_ms = tail
            found = store.knowledge
        found.server = store.server
        if found.generation != self.generation:
            await self.reclaim(claimed, recheck)
            await self.settle(ended)
            self.generation = found.generation
        return self.generation

    async def look(self) -> Memory:
        known, now = self._known(), self._store.now_us()
        known.bring_near(now, REFILL_LEASE_US)
        refills = not known.ready and (known.refiller == self._owner or known.refiller_until_us < now)
        if known.ready:
            known.alive_ms = now // 1000
        elif refills:
            known.refiller, known.refiller_until_us = self._owner, now + REFILL_LEASE_US
        settles = max(0, known.settled_us - now) / 1e6
        return Memory(known.ready, refills, known.tail_ms, known.since_ms, settles)

    async def refill(self, ended: Sequence[Ended]) -> None:
        for one in ended:
            key = (one.workspace_id, one.execution_id)
            self._store.claims.pop(key, None)
            self._store.markers.setdefault(key, one.position)

    async def refilled(self, since_ms: int | None, *, lost: bool) -> bool:
        known = self._store.knowledge
        if known is None or known.generation != self.generation or known.refiller != self._owner:
            return False
        known.since_ms = known.since_ms if since_ms is None else since_ms
        known.ready, known.lost, known.alive_ms = True, lost, self._store.now_us() // 1000
        known.refiller, known.refiller_until_us, known.tail_ms = "", 0, 0
        known.settled_us = known.settled_us if lost else 0
        return True

    async def reclaim(self, claimed: Sequence[Claimed], recheck: Recheck = as_told) -> None:
        now = self._store.now_us()
        for one in filter(None, map(recheck, claimed)):
            ask = one.ask
            key, claim = (ask.workspace_id, ask.execution_id), self._claim(ask)
            if key in self._store.markers or (claim and not self._is_older(claim, now)):
                continue
            called = one.called or (claim is not None and claim.owner == self._owner and claim.started)
            self._store.claims[key] = Claim(self._owner, now + self._lease_us, now, started=called)
            if ask.budget.max_concurrent:
                self._budget(ask).in_flight[ask.execution_id] = now + self._lease_us

    async def admit(self, asks: Sequence[Ask]) -> list[Admitted]:
        if asks:
            self._known().bring_near(self._store.now_us(), REFILL_LEASE_US)
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

    async def settle(self, ended: Sequence[Ended]) -> None:
        for one in ended:
            key = (one.workspace_id, one.execution_id)
            self._store.claims.pop(key, None)
            self._store.markers[key] = one.position

    async def release(self, asks: Sequence[Ask]) -> None:
        for ask in asks:
            claim = self._claim(ask)
            if claim and self._is_running_here(claim):
                del self._store.claims[ask.workspace_id, ask.execution_id]
                self._budget(ask).in_flight.pop(ask.execution_id, None)
                self._breaker(ask).give_back(ask.connector_id, ask.execution_id, self._store.now_us())

    async def forget_dead(self, executions: Sequence[tuple[str, str]]) -> None:
        for execution in executions:
            claim = self._store.claims.get(execution)
            if claim and claim.result is None and (claim.parked or claim.owner == self._ender):
                del self._store.claims[execution]

    async def renew(self, claimed: Sequence[Claimed]) -> list[Claimed]:
        self._known()
        until = self._store.now_us() + self._lease_us
        for ask in [one.ask for one in claimed]:
            claim = self._claim(ask)
            if claim and self._is_running_here(claim):
                claim.lease_until_us = until
                in_flight = self._budget(ask).in_flight
                if ask.execution_id in in_flight:
                    in_flight[ask.execution_id] = until
        return [one for one in claimed if self._claim(one.ask) is None]

    async def observe(self, workspace_id: str, budget: BudgetSpec, seen: Advice) -> None:
        stored = self._store.budgets.setdefault((workspace_id, budget.key), Budget())
        stored.observe(budget, seen, self._store.now_us())

    async def lift(self, subject: Subject) -> list[str]:
        now = self._store.now_us()
        budget = self._store.budgets.setdefault((subject.workspace_id, subject.budget.key), Budget())
        breaker = self._store.breakers.setdefault((subject.workspace_id, subject.breaker), Breaker())
        told = budget.told.pop(subject.budget.towards, None)
        held = told is not None and max(told.held_until_us, told.learned_until_us) > now
        return [*(["rate_limited"] if held else []), *breaker.lift(subject.connector_id, now)]

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
        return limits_of(self._store.now_us(), subject, budget.fields(), breaker.fields(), len(budget.in_flight))

    def _known(self) -> Knowledge:
        known = self._store.knowledge
        if known is None or known.generation != self.generation or known.server != self._store.server:
            raise StoreEmptiedError(f"the store has forgotten generation {self.generation or '(none)'}")
        return known

    def _admit(self, ask: Ask) -> Admitted:
        claim, now = self._claim(ask), self._store.now_us()
        answer = self._claimed(ask, claim, now) if claim else self._unclaimed(ask, now)
        return answer or self._reserve(ask, now)

    def _claimed(self, ask: Ask, claim: Claim, now: int) -> Admitted | None:
        if claim.result is not None:
            return Admitted(Verdict.DONE, result=claim.result)
        if claim.parked:
            comes_back = ask.queueing in (Queueing.DRAINED, Queueing.ENDS)
            return self._doubted(ask, claim) if comes_back else Admitted(Verdict.PARKED)
        if ask.queueing in NOT_CALLED:
            if claim.lease_until_us > now and claim.owner != self._ender:
                return Admitted(Verdict.RUNNING, claim.lease_until_us - now)
            return self._doubted(ask, claim)
        if claim.owner != self._owner:
            if claim.lease_until_us > now:
                left = claim.lease_until_us - now
                return Admitted(Verdict.RUNNING, min(left, ENDING_US) if claim.owner.endswith("!") else left)
            return self._doubted(ask, claim)
        if claim.attempt < ask.attempt:
            return None
        if claim.slot_us - now > AT_ONCE_US:
            return self._go(ask, claim.slot_us, claim.attempt, now)
        return self._confirm(ask, claim, now)

    def _doubted(self, ask: Ask, claim: Claim) -> Admitted | None:
        """Who would start what somebody else may have started: see `doubted` in `admit.lua`."""
        if not self._known().ready:
            return Admitted(Verdict.RECOVERING, RECOVERING_US)
        called = claim.started and not claim.parked
        if not ask.repeatable and (called or self._was_handed_out_before(ask)):
            return Admitted(Verdict.UNKNOWN)
        return None

    def _unclaimed(self, ask: Ask, now: int) -> Admitted | None:
        """It may have ended, and as long as that is not known only new reads start, and they not at first."""
        key, known = (ask.workspace_id, ask.execution_id), self._known()
        if key in self._store.markers:
            return Admitted(Verdict.SETTLED, position=self._store.markers[key])
        doubtful = self._was_handed_out_before(ask)
        asked_before = 0 < ask.asked_at_ms * 1000 < known.began_us
        early = now < known.began_us + self._reads_wait_us
        waits = doubtful or asked_before or not ask.repeatable or early
        if (not known.ready and waits) or (now < known.settled_us and ask.budget.max_concurrent):
            return Admitted(Verdict.RECOVERING, RECOVERING_US)
        if not ask.repeatable and (doubtful or 0 < ask.asked_at_ms < known.since_ms):
            return Admitted(Verdict.UNKNOWN)
        return None

    def _was_handed_out_before(self, ask: Ask) -> bool:
        return not self.remembers(ask.workspace_id, ask.handed_under)

    def _confirm(self, ask: Ask, claim: Claim, now: int) -> Admitted:
        """Its slot has come, or it was let go and the answer may have been lost: see `confirm` in `admit.lua`."""
        breaker = self._store.breakers.get((ask.workspace_id, ask.breaker), Breaker())
        budget, spec = self._budget(ask), ask.budget
        lines = budget.lines(ask, now, self._horizon_us, self._known().spent_at_us)
        stopped = budget.told[spec.towards].held_until(now) > now or breaker.until_us > now
        if not stopped and claim.started and now - claim.slot_us <= JITTER_US:
            return self._go(ask, claim.slot_us, claim.attempt, now)
        if stopped or budget.free(spec, lines, now) - now > AT_ONCE_US:
            breaker.give_back(ask.connector_id, ask.execution_id, now)
            return self._reserve(ask, now)
        budget.rescale(ask, lines)
        budget.use(spec, lines, now)
        return self._go(ask, now, claim.attempt, now)

    def _reserve_end(self, ask: Ask, now: int) -> Admitted:
        """It is not to be called any more, and waits for its outcome."""
        claim = Claim(self._ender, now + self._lease_us, now, ask.attempt, started=False)
        self._store.claims[ask.workspace_id, ask.execution_id] = claim
        return Admitted(Verdict.GO)

    def _reserve(self, ask: Ask, now: int) -> Admitted:
        if ask.queueing in NOT_CALLED:
            return self._reserve_end(ask, now)
        budget, spec = self._budget(ask), ask.budget
        lines = budget.lines(ask, now, self._horizon_us, self._known().spent_at_us)
        held_until = budget.told[spec.towards].held_until(now)
        slot = round(max([now, held_until, *(line.slot_us for line in lines)]))
        if budget.free(spec, lines, now) - now > AT_ONCE_US:
            slot = max(slot, round(budget.free(spec, lines, now, jitter_us=0)))
        breaker = self._breaker(ask)
        breaker.bring_near(now, self._horizon_us, self._policy)
        refusal = breaker.refusal(ask.connector_id, ask.execution_id, now)
        if refusal:
            return self._refuse(ask, *refusal)
        if ask.queueing is Queueing.PARKS and ask.connector_id in budget.backlogs:
            return self._refuse(ask, Verdict.BEHIND, slot - now)
        horizon = self._drain_horizon_us if ask.queueing is Queueing.DRAINED else self._horizon_us
        if slot - now > horizon:
            return self._refuse(ask, Verdict.HELD if slot == held_until else Verdict.LATER, slot - now)
        if not budget.take_place(spec, ask.execution_id, now, now + self._lease_us + self._horizon_us):
            return Admitted(Verdict.BUSY, BUSY_RETRY_US)
        breaker.admitted(ask.connector_id, ask.execution_id, slot, now, self._policy)
        budget.rescale(ask, lines)
        for line in lines:
            line.arrival.at_us = max(line.reserved_us, slot) + line.interval_us * spec.weight
            line.arrival.weight = spec.weight
        if slot - now <= AT_ONCE_US:
            budget.use(spec, lines, now)
        return self._go(ask, slot, ask.attempt, now, breaker.knows(ask.connector_id))

    def _go(self, ask: Ask, slot: int, attempt: int, now: int, watched: bool = True) -> Admitted:
        """A wait of 0 means: call now. An execution that waits for its slot has not been called, and asks again."""
        wait = slot - now if slot - now > AT_ONCE_US else 0
        claim = Claim(self._owner, slot + self._lease_us, slot, attempt, started=not wait)
        self._store.claims[ask.workspace_id, ask.execution_id] = claim
        return Admitted(Verdict.GO, wait, watched=watched)

    def _refuse(self, ask: Ask, verdict: Verdict, wait_us: int) -> Admitted:
        claim = self._claim(ask)
        if ask.queueing in (Queueing.PARKS, Queueing.OVERTAKES):
            self._set_parked(ask)
            self._budget(ask).backlogs.add(ask.connector_id)
        elif ask.queueing is Queueing.DRAINED and claim:
            self._set_parked(ask)
        elif claim:
            del self._store.claims[ask.workspace_id, ask.execution_id]
        self._budget(ask).in_flight.pop(ask.execution_id, None)
        breaker = self._breaker(ask)
        if claim and not claim.started and not claim.parked:
            breaker.give_back(ask.connector_id, ask.execution_id, self._store.now_us())
        elif breaker.probe == ask.execution_id:
            breaker.probe, breaker.probe_until_us = "", 0
        return Admitted(verdict, wait_us)

    def _set_parked(self, ask: Ask) -> None:
        self._store.claims[ask.workspace_id, ask.execution_id] = Claim("", 0, attempt=ask.attempt, parked=True)
        self._budget(ask).in_flight.pop(ask.execution_id, None)

    def _complete(self, completion: Completion) -> bytes | None:
        ask = completion.ask
        self._budget(ask).in_flight.pop(ask.execution_id, None)
        key = (ask.workspace_id, ask.execution_id)
        if key in self._store.markers and key not in self._store.claims:
            return None
        claim = self._store.claims.setdefault(key, Claim(self._owner, 0))
        if claim.result is None:
            claim.result, claim.parked = completion.result, False
        return claim.result

    def _is_running_here(self, claim: Claim) -> bool:
        return claim.owner == self._owner and claim.result is None

    def _is_older(self, claim: Claim, now: int) -> bool:
        """A claim that gives way to what this replica knows: see `reclaim.lua`."""
        ours = claim.owner == self._owner or claim.lease_until_us <= now
        return claim.result is None and (claim.parked or ours)

    @property
    def _ender(self) -> str:
        """Whoever ends an execution holds its claim under another name than whoever calls it."""
        return f"{self._owner}!"

    def _breaker(self, ask: Ask) -> Breaker:
        return self._store.breakers.setdefault((ask.workspace_id, ask.breaker), Breaker())

    def _claim(self, ask: Ask) -> Claim | None:
        return self._store.claims.get((ask.workspace_id, ask.execution_id))

    def _budget(self, ask: Ask) -> Budget:
        return self._store.budgets.setdefault((ask.workspace_id, ask.budget.key), Budget())
