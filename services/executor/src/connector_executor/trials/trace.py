"""What is noted of an execution that somebody wants to see through. Executions that nobody looks at have none."""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar, cast

from connector_executor.outcome import Failure, Outcome, Retry
from connector_executor.stages.authorize import NOTHING, Authorized
from connectors_shared.contract.failure import FailureType
from connectors_shared.definition.templates import Scope
from connectors_shared.egress import HttpRequest, HttpResponse, SendFailure, Watch

T = TypeVar("T")
CANCELLED: Final = Failure(
    FailureType.CANCELLED, "The test was cancelled before the call had ended; it may have happened."
)
NOT_CALLED: Final = Failure(FailureType.CANCELLED, "The test was cancelled before the call began.")


@dataclass(slots=True)
class Observed:
    """One attempt. Moments are those of `time.perf_counter()`; `answer` is None when it was cancelled."""

    request: HttpRequest
    started: datetime
    watch: Watch
    since: float
    """When it began to wait: the execution came, or the attempt before had ended."""
    admitted_at: float
    called_at: float
    token_ms: float
    answer: HttpResponse | SendFailure | None = None
    decision: Outcome | Retry = CANCELLED
    ended_at: float = 0.0


@dataclass(slots=True)
class Trace:
    """`scope`: the values as they were used; `authorized`: by what. `cancelled`: nobody wants the answer any more, and
    no call begins. `asked_seconds`: how long the API asked to be left alone, when that was too long to wait for.
    """

    scope: Scope = field(default_factory=dict)
    authorized: Authorized = NOTHING
    attempts: list[Observed] = field(default_factory=list)
    cancelled: bool = False
    asked_seconds: float | None = None
    began_at: float = field(default_factory=time.perf_counter)
    _since: float = field(default_factory=time.perf_counter)
    _admitted_at: float | None = None
    _authorizing_at: float = 0.0
    _token_ms: float = 0.0
    _under_way: Observed | None = None
    _call: "asyncio.Task[object] | None" = None

    def admitted(self) -> None:
        """It has a slot of the rate limit, which may lie ahead."""
        if self._admitted_at is None:
            self._admitted_at = time.perf_counter()

    def authorizing(self, scope: Scope) -> None:
        self.scope = scope
        self._authorizing_at = time.perf_counter()

    def is_authorized(self, authorized: Authorized) -> None:
        self.authorized = authorized
        self._token_ms = (time.perf_counter() - self._authorizing_at) * 1000

    def begin(self, request: HttpRequest, started: datetime) -> None:
        """The request is sent now. Of what was answered before only the head is told: its body is not kept."""
        if self.attempts and isinstance(answer := self.attempts[-1].answer, HttpResponse):
            answer.body = b""
        now, watch = time.perf_counter(), Watch()
        request.watch = watch
        admitted_at = now if self._admitted_at is None else self._admitted_at
        self._under_way = Observed(request, started, watch, self._since, admitted_at, now, self._token_ms)

    def attempted(self, answer: HttpResponse | SendFailure, decision: Outcome | Retry) -> None:
        under_way = self._under_way
        if under_way is not None:
            under_way.answer, under_way.decision = answer, decision
            self._end(under_way)

    async def watched(self, call: Coroutine[Any, Any, T], otherwise: T) -> T:
        """The call, which `cancel` may end: then it comes to `otherwise`."""
        task = asyncio.create_task(call)
        self._call = cast("asyncio.Task[object]", task)
        try:
            return await task
        except asyncio.CancelledError:
            if not self.cancelled:
                raise
            if self._under_way is not None:
                self._end(self._under_way)
            return otherwise
        finally:
            self._call = None

    def cancel(self) -> None:
        self.cancelled = True
        if self._call is not None:
            self._call.cancel()

    def _end(self, under_way: Observed) -> None:
        under_way.ended_at = self._since = time.perf_counter()
        self.attempts.append(under_way)
        self._under_way = self._admitted_at = None
