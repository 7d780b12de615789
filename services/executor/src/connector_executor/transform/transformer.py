"""The transform port of the pipeline."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from connector_executor.transform import syntax
from connector_executor.transform.inline import Plans
from connector_executor.transform.outcome import (
    INVALID_DOCUMENT,
    RUNAWAY_CODES,
    Outcome,
    Transformed,
    TransformFailure,
)
from connector_executor.transform.pool import Evaluation, Pool, Verdict
from connector_executor.transform.wire import Request, Settings

QUARANTINE_SECONDS: Final = 300.0
_MAX_SUSPECTS: Final = 1024
_HALF_A_PAIR: Final = "The expression or the document holds half of a surrogate pair, which is not text."


class Transformer:
    """Evaluates strangers' JSONata.

    An expression that ran out of time or memory, or that ended its worker, goes to a quarantine worker for a
    while, so that only others like it wait for it.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        memory_limit_bytes: int = 256 * 1024 * 1024,
        deadline_seconds: float = 1.0,
        cache_entries: int = 2048,
        max_result_bytes: int = 512 * 1024,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        settings = Settings(max_result_bytes, cache_entries)
        self._plans = Plans(cache_entries, max_result_bytes)
        self._pool = Pool(workers, settings, memory_limit_bytes)
        self._quarantine = Pool(1, settings, memory_limit_bytes)
        self._suspects = Suspects(clock)
        self._deadline_seconds = deadline_seconds

    check = staticmethod(syntax.check)

    @property
    def waiting(self) -> int:
        """Evaluations that a worker has or will have."""
        return self._pool.waiting + self._quarantine.waiting

    @property
    def worker_pids(self) -> list[int]:
        return [*self._pool.pids, *self._quarantine.pids]

    async def start(self) -> None:
        """Returns when the workers are ready. Raises RuntimeError when one is not within 20 s."""
        await self._pool.start()

    async def close(self) -> None:
        """Ends the workers; evaluations under way are cancelled."""
        await self._pool.close()
        await self._quarantine.close()

    def try_fast(self, expression: str, document: Any) -> Outcome | None:
        """What comes of it in this process, at a bounded cost; None when a worker must evaluate."""
        plan = self._plans.find(expression)
        return None if plan is None else plan.run(document)

    async def evaluate(
        self,
        expression: str,
        document: Any,
        body: bytes | None = None,
        *,
        deadline_seconds: float | None = None,
        bindings: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """`body` is the JSON that `document` was parsed from, in UTF-8; empty when there is no document.
        `bindings` are variables, JSON-ready.

        `deadline_seconds` counts from the moment a worker begins with it; waiting for one is not counted.
        """
        if not bindings:
            outcome = self.try_fast(expression, document)
            if outcome is not None:
                return outcome
        try:
            request = Request(
                expression,
                msgspec.json.encode(document) if body is None else body,
                msgspec.json.encode(bindings) if bindings else None,
                self._deadline_seconds if deadline_seconds is None else deadline_seconds,
            )
            return await self._evaluate_apart(request)
        except UnicodeEncodeError:
            return TransformFailure(INVALID_DOCUMENT, _HALF_A_PAIR)

    async def _evaluate_apart(self, request: Request) -> Outcome:
        evaluation = Evaluation(request)
        pool = self._quarantine if request.expression in self._suspects else self._pool
        pool.submit(evaluation)
        outcome = _outcome(await evaluation.verdict)
        if isinstance(outcome, TransformFailure) and outcome.code in RUNAWAY_CODES:
            self._suspects.add(request.expression)
        return outcome


class Suspects:
    """Expressions that ran away lately."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: OrderedDict[str, float] = OrderedDict()

    def add(self, expression: str) -> None:
        self._until[expression] = self._clock() + QUARANTINE_SECONDS
        self._until.move_to_end(expression)
        if len(self._until) > _MAX_SUSPECTS:
            self._until.popitem(last=False)

    def __contains__(self, expression: str) -> bool:
        until = self._until.get(expression)
        if until is None:
            return False
        if self._clock() < until:
            return True
        del self._until[expression]
        return False


def _outcome(verdict: Verdict) -> Outcome:
    if isinstance(verdict, TransformFailure):
        return verdict
    if verdict.value is None:
        return TransformFailure(verdict.code, verdict.message)
    return Transformed(msgspec.json.decode(verdict.value))
