"""Reports the outcomes of calls to the store, which opens and closes breakers and finds connectors unhealthy."""

import asyncio
from collections.abc import Callable, Sequence

from connector_executor.admission.parts import by_part
from connector_executor.admission.port import Admission, HealthChange, PartedAdmission, Subject, Tally
from connector_executor.caller import Called
from connector_executor.connectors.plan import Plan
from connector_executor.execution import Execution
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outcome import Failure, Retry, Success
from connectors_shared.contract.policy import StatusMeaning
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import PollLoop
from connectors_shared.runtime.supervision import together

log = get_logger(__name__)
FAILING_SECONDS = 0.1
WELL_SECONDS = 1.0
REPORT_AT_ONCE = 512
FORGET_AFTER_REPORTS = 10


class HealthReporter:
    """Counts the outcomes of calls, and reports them: soon when something fails, else every second."""

    def __init__(
        self,
        admission: PartedAdmission,
        metrics: ExecutorMetrics,
        announce: Callable[[HealthChange], None],
    ) -> None:
        self._admission = admission
        self._metrics = metrics
        self._announce = announce
        self._tallies: dict[tuple[str, str], tuple[Subject, Tally]] = {}
        self._untold: dict[tuple[str, str], int] = {}
        self._untold_reports = 0
        self._failing = False
        self._loop = PollLoop("health.report", self._report_soon, first_pause_seconds=WELL_SECONDS)

    def note(self, execution: Execution, called: Called) -> None:
        """Count one attempt. One that did not reach the upstream says nothing about it; but if it was the probe of a
        breaker, another execution may be that.

        While nothing fails, successes are only counted here, and reported together with the first failure.
        """
        plan, decision = execution.plan, called.decision
        key = (plan.breaker, plan.connector_key)
        if called.lives is None:
            if execution.watched:
                self._tally(key, plan).uncalled.append(execution.id)
                self._found_failing()
            return
        if not execution.watched and isinstance(decision, Success):
            self._untold[key] = self._untold.get(key, 0) + 1
            return
        tally = self._tally(key, plan)
        if called.lives:
            tally.alive += 1
        else:
            tally.failing += 1
            self._found_failing()
        if isinstance(decision, Success):
            tally.succeeded += 1
        elif not _limited(plan, decision):
            tally.failed += 1

    def _tally(self, key: tuple[str, str], plan: Plan) -> Tally:
        found = self._tallies.get(key)
        if found is None:
            before = self._untold.pop(key, 0)
            found = self._tallies[key] = (plan.subject, Tally(alive=before, succeeded=before))
        return found[1]

    async def run(self) -> None:
        """Report, for ever. Cancel to stop."""
        await self._loop.run()

    def _found_failing(self) -> None:
        self._failing = True
        self._loop.wake()

    async def _report_soon(self) -> float:
        if self._failing:
            await asyncio.sleep(FAILING_SECONDS)
        self._failing = False
        await self.report()
        return WELL_SECONDS

    async def report(self) -> None:
        """Counts that cannot be reported now are dropped: a breaker is about the present."""
        tallies, self._tallies = list(self._tallies.values()), {}
        self._untold_reports += 1
        if self._untold_reports >= FORGET_AFTER_REPORTS:
            self._untold, self._untold_reports = {}, 0
        chosen = by_part(self._admission, tallies, lambda one: one[0].workspace_id)
        await together(*(self._report_to(self._admission.parts[number], some) for number, some in chosen))

    async def _report_to(self, part: Admission, tallies: Sequence[tuple[Subject, Tally]]) -> None:
        for first in range(0, len(tallies), REPORT_AT_ONCE):
            try:
                changes = await part.report(tallies[first : first + REPORT_AT_ONCE])
            except ConnectionError as error:
                log.warning("health.unreported", why=str(error))
                return
            for change in changes:
                self._tell(change)

    def _tell(self, change: HealthChange) -> None:
        self._metrics.health_changes.labels("healthy" if change.healthy else "unhealthy").inc()
        log.warning(
            "connector.healthy" if change.healthy else "connector.unhealthy",
            connector_id=change.connector_id,
            failing_seconds=round(change.failing_seconds),
        )
        self._announce(change)


def _limited(plan: Plan, decision: Failure | Retry) -> bool:
    """A refusal for the rate says nothing about the health of the upstream."""
    status = decision.failure.http_status if isinstance(decision, Retry) else decision.http_status
    return status is not None and plan.statuses.meaning(status) is StatusMeaning.RATE_LIMITED
