"""The breaker and the health of connectors, in memory: what `admit.lua` and `report.lua` do in Redis."""

from dataclasses import dataclass, field

from connector_executor.admission.port import BreakerPolicy, Tally, Verdict

HALF_OPEN_RETRY_US = 1_000_000


@dataclass(slots=True)
class Health:
    """Since when and how often a connector only failed; unhealthy until its next `probe`, which is an execution."""

    failing_since_us: int = 0
    failures: int = 0
    unhealthy_until_us: int = 0
    probe: str = ""


@dataclass(slots=True)
class Breaker:
    """One upstream with one credential. `until_us` 0 is closed, in the past half-open."""

    until_us: int = 0
    opens: int = 0
    probe: str = ""
    probe_until_us: int = 0
    window_start_us: int = 0
    calls: int = 0
    failures: int = 0
    calls_before: int = 0
    failures_before: int = 0
    health: dict[str, Health] = field(default_factory=dict)

    def refusal(self, connector_id: str, execution_id: str, now: int) -> tuple[Verdict, int] | None:
        """None when a call may be made; when half-open that call is the probe."""
        if self.until_us > now:
            return Verdict.OPEN, self.until_us - now
        if self.until_us and self.probe not in ("", execution_id) and self.probe_until_us > now:
            return Verdict.OPEN, min(self.probe_until_us - now, HALF_OPEN_RETRY_US)
        health = self.health.get(connector_id)
        if health and health.unhealthy_until_us > now:
            return Verdict.UNHEALTHY, health.unhealthy_until_us - now
        return None

    def bring_near(self, now: int, horizon_us: int, policy: BreakerPolicy) -> None:
        """What is further ahead than it can be was written before the store's clock went back."""
        self.until_us = min(self.until_us, now + round(policy.max_open_seconds * 1e6))
        self.probe_until_us = min(self.probe_until_us, now + horizon_us + round(policy.probe_seconds * 1e6))
        for health in self.health.values():
            probe = now + round(policy.unhealthy_probe_seconds * 1e6)
            health.unhealthy_until_us = min(health.unhealthy_until_us, probe)

    def knows(self, connector_id: str) -> bool:
        """Has anything failed lately?"""
        return bool(self.until_us or self.window_start_us or connector_id in self.health)

    def admitted(self, connector_id: str, execution_id: str, slot: int, now: int, policy: BreakerPolicy) -> None:
        if self.until_us:
            self.probe, self.probe_until_us = execution_id, slot + round(policy.probe_seconds * 1e6)
        health = self.health.get(connector_id)
        if health and health.unhealthy_until_us:
            health.unhealthy_until_us = now + round(policy.unhealthy_probe_seconds * 1e6)
            health.probe = execution_id

    def give_back(self, connector_id: str, execution_id: str, now: int) -> None:
        """It was not called: if it was a probe, another may be."""
        if self.probe == execution_id:
            self.probe, self.probe_until_us = "", 0
        health = self.health.get(connector_id)
        if health and health.probe == execution_id:
            health.probe, health.unhealthy_until_us = "", now

    def lift(self, connector_id: str, now: int) -> list[str]:
        """The next call finds out whether it is over; what has refused until now."""
        lifted = []
        if self.until_us > now:
            self.until_us, self.probe, self.probe_until_us = now, "", 0
            lifted.append("breaker_open")
        health = self.health.get(connector_id)
        if health and health.unhealthy_until_us > now:
            health.unhealthy_until_us, health.probe = now, ""
            lifted.append("unhealthy")
        return lifted

    def count(self, connector_id: str, tally: Tally, policy: BreakerPolicy, now: int) -> tuple[bool, int] | None:
        """(healthy, failing for so many microseconds) when the connector's health changed."""
        for execution_id in tally.uncalled:
            self.give_back(connector_id, execution_id, now)
        if tally.alive or tally.failing:
            self._count_calls(tally, policy, now)
        health = self.health.setdefault(connector_id, Health())
        if tally.succeeded:
            del self.health[connector_id]
            return (True, max(0, now - (health.failing_since_us or now))) if health.unhealthy_until_us else None
        if not tally.failed:
            return None
        health.failing_since_us = health.failing_since_us or now
        health.failures += tally.failed
        failing_us = now - health.failing_since_us
        long_enough = failing_us >= policy.unhealthy_seconds * 1e6 and health.failures >= policy.unhealthy_failures
        if not long_enough or health.unhealthy_until_us:
            return None
        health.unhealthy_until_us = now + round(policy.unhealthy_probe_seconds * 1e6)
        return False, failing_us

    def _count_calls(self, tally: Tally, policy: BreakerPolicy, now: int) -> None:
        if self.until_us > now:
            return
        if self.until_us:
            if tally.alive:
                self._close()
            elif tally.failing:
                self._open(self.opens, policy, now)
            return
        self._turn_window(round(policy.window_seconds * 1e6), now)
        self.calls += tally.alive + tally.failing
        self.failures += tally.failing
        share = 1 - (now - self.window_start_us) / (policy.window_seconds * 1e6)
        calls = self.calls + self.calls_before * share
        failures = self.failures + self.failures_before * share
        if tally.failing and calls >= policy.min_calls and failures >= policy.failure_rate * calls:
            self._open(0, policy, now)

    def _turn_window(self, window_us: int, now: int) -> None:
        self.window_start_us = min(self.window_start_us, now)
        age = now - self.window_start_us
        if age < window_us:
            return
        recent = age < 2 * window_us
        self.calls_before, self.failures_before = (self.calls, self.failures) if recent else (0, 0)
        self.calls, self.failures, self.window_start_us = 0, 0, now

    def _open(self, opens: int, policy: BreakerPolicy, now: int) -> None:
        lasts = min(policy.open_seconds * 2.0**opens, policy.max_open_seconds)
        self._close()
        self.until_us, self.opens = now + round(lasts * 1e6), opens + 1

    def _close(self) -> None:
        self.until_us, self.opens, self.probe, self.probe_until_us = 0, 0, "", 0
        self.window_start_us, self.calls, self.failures, self.calls_before, self.failures_before = 0, 0, 0, 0, 0

    def fields(self) -> dict[str, str]:
        """As Redis holds it."""
        found = {"until": str(self.until_us), "n": str(self.calls), "f": str(self.failures)}
        for connector_id, health in self.health.items():
            found[f"f:{connector_id}"] = str(health.failing_since_us)
            found[f"u:{connector_id}"] = str(health.unhealthy_until_us)
        return found
