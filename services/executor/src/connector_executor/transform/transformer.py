"""The transform port of the pipeline."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from connector_executor.transform.inline import Plans
from connector_executor.transform.outcome import (
    INVALID_DOCUMENT,
    Outcome,
    Transformed,
    TransformFailure,
)
from connector_executor.transform.pool import Pool
from connector_executor.transform.slot import Run
from connector_executor.transform.timings import Timings
from connector_executor.transform.turns import Evaluation, Turn, Verdict
from connector_executor.transform.wire import Request, Settings

_SLOW_NICENESS: Final = 10
NOBODY: Final = Turn()
NULL: Final = b"null"
_HALF_A_PAIR: Final = "The expression or the document holds half of a surrogate pair, which is not text."


class Transformer:
    """Evaluates untrusted JSONata.

    What needs a worker waits its turn: turns go among workspaces, and among the connectors of each, of which none
    has more than `most_waiting` in the queue (the next one fails as "busy"). An expression that was slow, or ran
    away, goes to workers of its own for a while, with all that waits of it: only others like it wait for it.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        memory_limit_bytes: int = 256 * 1024 * 1024,
        deadline_seconds: float = 1.0,
        cache_entries: int = 2048,
        max_result_bytes: int = 512 * 1024,
        most_waiting: int = 128,
        clock: Callable[[], float] = time.monotonic,
        run: Run = asyncio.create_task,
    ) -> None:
        """`run` starts what looks after a worker."""
        settings = Settings(max_result_bytes, cache_entries)
        patient = Settings(max_result_bytes, cache_entries, _SLOW_NICENESS)
        self._plans = Plans(cache_entries, max_result_bytes)
        self._timings = Timings(clock)
        self._pool = Pool(workers, settings, memory_limit_bytes, self._timings, most_waiting, self._set_apart, run)
        self._slow = Pool(workers, patient, memory_limit_bytes, self._timings, most_waiting, _stays, run)
        self._deadline_seconds = deadline_seconds

    @property
    def waiting(self) -> int:
        """Evaluations that a worker has or will have."""
        return self._pool.waiting + self._slow.waiting

    @property
    def worker_pids(self) -> list[int]:
        return [*self._pool.pids, *self._slow.pids]

    async def start(self) -> None:
        """Returns when the workers are ready. Raises RuntimeError when one is not within 20 s."""
        await self._pool.start()

    async def close(self) -> None:
        """Ends the workers; evaluations under way are cancelled."""
        await self._pool.close()
        await self._slow.close()

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
        turn: Turn = NOBODY,
        deadline_seconds: float | None = None,
        bindings: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """`turn` says whose evaluation it is. `body` is the JSON that `document` was parsed from, in UTF-8; empty
        when there is no document. `bindings` are variables, JSON-ready.

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
            return _outcome(await self._verdict(request, turn))
        except UnicodeEncodeError:
            return TransformFailure(INVALID_DOCUMENT, _HALF_A_PAIR)

    async def evaluate_apart(self, expression: str, body: bytes, *, turn: Turn = NOBODY) -> Outcome:
        """In a worker, for a document that nobody here reads: `body` is its JSON, and the value is JSON too
        (`msgspec.Raw`), or None.
        """
        try:
            verdict = await self._verdict(Request(expression, body, None, self._deadline_seconds), turn)
        except UnicodeEncodeError:
            return TransformFailure(INVALID_DOCUMENT, _HALF_A_PAIR)
        return _outcome(verdict, msgspec.Raw)

    async def _verdict(self, request: Request, turn: Turn) -> Verdict:
        evaluation = Evaluation(request, turn)
        pool = self._slow if self._timings.is_slow(request.expression) else self._pool
        pool.submit(evaluation)
        return await evaluation.verdict

    def _set_apart(self, expression: str) -> None:
        """What waits of a slow expression goes to the workers for these."""
        for evaluation in self._pool.withdraw(expression):
            self._slow.submit(evaluation)


def _stays(_expression: str) -> None:
    """It is with its like already."""


def _outcome(verdict: Verdict, read: Callable[[bytes], Any] = msgspec.json.decode) -> Outcome:
    if isinstance(verdict, TransformFailure):
        return verdict
    if verdict.value is None:
        return TransformFailure(verdict.code, verdict.message, verdict.position)
    return Transformed(None if verdict.value == NULL else read(verdict.value))
