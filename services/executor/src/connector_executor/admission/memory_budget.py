"""A budget in the in-memory twin: its windows, its rings, what the upstream said, and who is in flight."""

from collections import defaultdict
from dataclasses import dataclass, field

from connector_executor.admission.port import Ask, BudgetSpec
from connector_executor.admission.ring import bring_near, bring_over, note_in_rings, ring_free_us
from connector_executor.policies.quota import Advice

MINUTE_US = 60_000_000
JITTER_US = 100_000
"""How much nearer than their interval two calls may be let go, because one of them came late from its timer."""


@dataclass(slots=True)
class Arrival:
    """Until when one window is reserved and calls let go have used it up; the intervals of the last ones of each."""

    at_us: float = 0.0
    interval_us: float = 0.0
    used_us: float = 0.0
    granted_us: float = 0.0
    weight: int = 1

    def bring_near(self, now_us: int, reserved_us: float, used_us: float) -> None:
        """What is further ahead than it can be was written before the store's clock went back."""
        if self.interval_us:
            self.at_us = min(self.at_us, now_us + reserved_us + self.interval_us * self.weight)
        self.used_us = min(self.used_us, now_us + used_us)

    def reserved_under(self, interval_us: float, old_us: float, now_us: int, most_us: float) -> float:
        """What was reserved under another interval keeps its number of calls, not its time."""
        if old_us == interval_us or self.at_us <= now_us:
            return self.at_us
        return now_us + min((self.at_us - now_us) * interval_us / old_us, most_us)

    def used_under(self, interval_us: float, old_us: float, now_us: int, most_us: float) -> float:
        """The last unit keeps its moment, those that are ahead of it their number: see `regranted` in `admit.lua`."""
        granted = self.granted_us or self.interval_us or old_us
        if old_us == interval_us:
            return self.used_us
        if granted != old_us:
            return max(self.used_us, min(self.used_us - granted + interval_us, now_us + most_us))
        last = self.used_us - old_us
        if last > now_us:
            last = now_us + (last - now_us) * interval_us / old_us
        return min(last + interval_us, now_us + most_us)


@dataclass(slots=True)
class WindowState:
    """One window as an ask meets it."""

    arrival: Arrival
    interval_us: int
    reserved_us: float
    used_us: float
    room_us: int
    """How much of the tolerance a call of this weight finds."""
    has_changed: bool

    @property
    def slot_us(self) -> float:
        return self.reserved_us - self.room_us

    @property
    def regular_us(self) -> float:
        return self.used_us - self.room_us

    def rescale(self) -> None:
        """From now on the connector of this ask has its interval."""
        self.arrival.at_us, self.arrival.used_us = self.reserved_us, self.used_us
        self.arrival.interval_us = self.interval_us
        if self.has_changed:
            self.arrival.granted_us = self.interval_us


@dataclass(slots=True)
class Told:
    """What one upstream has said of its limit: a hold, and a distance of calls."""

    held_until_us: int = 0
    held_at_us: int = 0
    hold_source: str = ""
    learned_us: float = 0.0
    learned_until_us: int = 0
    learned_source: str = ""
    refusals_in_a_row: int = 0
    refused_at_us: int = 0

    def held_until(self, now_us: int) -> int:
        """What was told in the future was told before the store's clock went back."""
        early = self.held_at_us - now_us
        if early > 0:
            self.held_until_us, self.held_at_us = self.held_until_us - early, now_us
        return self.held_until_us

    def observe(self, seen: Advice, now: int, own_us: float) -> None:
        hold, interval, ttl = (round(s * 1e6) for s in (seen.hold_seconds, seen.interval_seconds, seen.ttl_seconds))
        if hold < 0:
            hold, penalty = self._escalate(now, own_us)
            if penalty and not interval:
                interval, ttl = penalty, MINUTE_US
        if hold and now + hold > self.held_until(now):
            self.held_until_us, self.held_at_us, self.hold_source = now + hold, now, seen.source
        if interval:
            self.learned_us, self.learned_until_us, self.learned_source = interval, now + ttl, seen.source

    def _escalate(self, now: int, own_us: float) -> tuple[int, int]:
        """(hold, interval) after a refusal without a time."""
        if self.held_until(now) > now:
            return 0, 0
        in_a_row = self.refusals_in_a_row if self.refused_at_us > now - MINUTE_US else 0
        hold = min(1_000_000 * 2**in_a_row, MINUTE_US)
        self.refusals_in_a_row, self.refused_at_us = in_a_row + 1, now + hold
        known = self.learned_us if self.learned_until_us > now else own_us
        return hold, round(known * 1.5)

    def fields(self, towards: str) -> dict[str, str]:
        """As Redis holds it."""
        found = {
            "hold": str(self.held_until_us),
            "hold_source": self.hold_source,
            "li": str(self.learned_us),
            "lu": str(self.learned_until_us),
            "learned_source": self.learned_source,
        }
        return {name + towards: value for name, value in found.items()}


@dataclass(slots=True)
class Budget:
    """Arrivals by window, what upstreams have said, who is in flight until when, whose backlogs there are."""

    arrivals: defaultdict[str, Arrival] = field(default_factory=lambda: defaultdict(Arrival))
    intervals: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """By connector, of when it was let go last: when they are others now, its limit has changed."""
    rings: dict[str, float] = field(default_factory=dict)
    spent_until_us: int = 0
    """By then what was spent before a loss is spent no more, in windows with a burst."""
    told: defaultdict[str, Told] = field(default_factory=lambda: defaultdict(Told))
    """By whom the calls go to."""
    in_flight: dict[str, int] = field(default_factory=dict)
    backlogs: set[str] = field(default_factory=set)

    def lines(self, ask: Ask, now: int, horizon_us: int, spent_at_us: int | None) -> list[WindowState]:
        """Its windows as an ask meets them. Those not used since `spent_at_us` begin spent."""
        spec = ask.budget
        before = dict(enumerate(self.intervals.get(ask.connector_id, ())))
        windows = [
            (f"w{index}", interval, tolerance, before.get(index, interval))
            for index, (interval, tolerance) in enumerate(spec.windows)
        ]
        told = self.told[spec.towards]
        if told.learned_until_us > now:
            learned = round(told.learned_us)
            windows.append(("wl", learned, 0, round(self.arrivals["wl"].interval_us) or learned))
        self.spent_until_us = 0
        if spent_at_us is not None and not self.rings:
            spans = [span for _, span in spec.quotas if span <= horizon_us]
            self.spent_until_us = max(spans) + spent_at_us if spans else 0
        return [self._line(spec, now, horizon_us, spent_at_us, window) for window in windows]

    def _line(
        self, spec: BudgetSpec, now: int, horizon_us: int, spent_at_us: int | None, window: tuple[str, int, int, int]
    ) -> WindowState:
        name, interval, tolerance, old = window
        if name not in self.arrivals and spent_at_us is not None:
            spent = spent_at_us + tolerance
            self.arrivals[name] = Arrival(spent, used_us=spent)
        arrival = self.arrivals[name]
        heavier, most = max(spec.weight, arrival.weight), tolerance + JITTER_US
        last = arrival.granted_us or arrival.interval_us or interval
        arrival.bring_near(now, horizon_us + tolerance, most + last * heavier)
        reserved = arrival.reserved_under(interval, old, now, horizon_us + tolerance + interval * heavier)
        used = arrival.used_under(interval, old, now, most + interval * heavier)
        room = max(tolerance - (spec.weight - 1) * interval, 0)
        return WindowState(arrival, interval, reserved, used, room, old != interval)

    def rescale(self, ask: Ask, lines: list[WindowState]) -> None:
        for line in lines:
            line.rescale()
        if lines:
            self.intervals[ask.connector_id] = tuple(interval for interval, _ in ask.budget.windows)

    def free(self, spec: BudgetSpec, lines: list[WindowState], now: int, jitter_us: int = JITTER_US) -> float:
        """From when on another call may be let go."""
        bring_over(self.rings, spec.quotas)
        bring_near(self.rings, now)
        free = ring_free_us(self.rings, spec.quotas, spec.weight, now)
        return max([now, free, self.spent_until_us, *(line.regular_us - jitter_us for line in lines)])

    def use(self, spec: BudgetSpec, lines: list[WindowState], now: int) -> None:
        """One more call is let go."""
        for line in lines:
            line.arrival.used_us = max(line.used_us, now) + line.interval_us * spec.weight
            line.arrival.granted_us = line.interval_us
        note_in_rings(self.rings, spec.quotas, spec.weight, now)

    def take_place(self, spec: BudgetSpec, execution_id: str, now: int, until_us: int) -> bool:
        if not spec.max_concurrent:
            return True
        self.in_flight = {key: until for key, until in self.in_flight.items() if until > now}
        if execution_id not in self.in_flight and len(self.in_flight) >= spec.max_concurrent:
            return False
        self.in_flight[execution_id] = until_us
        return True

    def observe(self, spec: BudgetSpec, seen: Advice, now: int) -> None:
        self.told[spec.towards].observe(seen, now, max((own for own, _ in spec.windows), default=0))

    def fields(self) -> dict[str, str]:
        """As Redis holds it."""
        found: dict[str, str] = {}
        for towards, told in self.told.items():
            found |= told.fields(towards)
        found |= {name: str(arrival.at_us) for name, arrival in self.arrivals.items()}
        found |= {name.replace("w", "c"): str(arrival.used_us) for name, arrival in self.arrivals.items()}
        found |= {name: str(value) for name, value in self.rings.items()}
        return found | {f"b:{connector_id}": "1" for connector_id in self.backlogs}
