"""What was asked, what reached the upstream and what came back, per execution id: nothing lost, nothing twice."""

import asyncio
import json
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors_shared.contract.failure import FailureType

Condition = Callable[[], bool]


@dataclass
class Ledger:
    """By execution id: `calls` counts requests at the upstream, `keys` holds their idempotency headers, `results`
    every published message. `moments` are those of all requests, in monotonic seconds.
    """

    asked: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    keys: defaultdict[str, set[str | None]] = field(default_factory=lambda: defaultdict(set))
    results: defaultdict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    moments: list[float] = field(default_factory=list)
    _waiting: list[tuple[Condition, asyncio.Future[None]]] = field(default_factory=list)

    def note_call(self, execution_id: str, idempotency_key: str | None) -> None:
        self.calls[execution_id] += 1
        self.moments.append(time.monotonic())
        self.keys[execution_id].add(idempotency_key)
        self._wake()

    def note_result(self, message: bytes) -> None:
        self.results[json.loads(message)["executionId"]].append(message)
        self._wake()

    async def until(self, condition: Condition, seconds: float = 20) -> None:
        """Returns as soon as a call or a result makes it true; raises TimeoutError with the numbers."""
        if condition():
            return
        reached = asyncio.get_running_loop().create_future()
        self._waiting.append((condition, reached))
        try:
            async with asyncio.timeout(seconds):
                await reached
        except TimeoutError:
            raise TimeoutError(f"after {seconds:g} s: {self}") from None

    async def called(self, executions: int, seconds: float = 20) -> None:
        await self.until(lambda: len(self.calls) >= executions, seconds)

    async def answered(self, executions: int, seconds: float = 20) -> None:
        await self.until(lambda: len(self.results) >= executions, seconds)

    async def complete(self, seconds: float = 60) -> None:
        await self.answered(len(self.asked), seconds)

    def most_within(self, seconds: float) -> int:
        """Requests at the upstream in the busiest span of that length."""
        return max(bisect_left(self.moments, first + seconds) - at for at, first in enumerate(self.moments))

    def of(self, execution_ids: Sequence[str]) -> "Ledger":
        """What it says now about these ids and no others."""
        part = Ledger(asked=list(execution_ids))
        part.calls.update({id_: self.calls[id_] for id_ in execution_ids if id_ in self.calls})
        part.keys.update({id_: self.keys[id_] for id_ in execution_ids if id_ in self.keys})
        part.results.update({id_: self.results[id_] for id_ in execution_ids if id_ in self.results})
        return part

    @property
    def published(self) -> int:
        return sum(map(len, self.results.values()))

    @property
    def succeeded(self) -> set[str]:
        return {execution_id for execution_id, [first, *_] in self.results.items() if json.loads(first)["success"]}

    @property
    def unknown(self) -> set[str]:
        return {execution_id for execution_id, [first, *_] in self.results.items() if failure_type(first) == UNKNOWN}

    def check_one_outcome_each(self) -> None:
        """Every id has an outcome, no other id has one, and whatever is published twice is the same bytes."""
        assert set(self.results) == set(self.asked)
        different = {id_: found for id_, found in self.results.items() if len(set(found)) > 1}
        assert different == {}

    def check_repeatable(self, most_calls: int) -> None:
        self.check_one_outcome_each()
        assert self.succeeded == set(self.asked)
        assert set(self.calls) == set(self.asked)
        assert max(self.calls.values()) <= most_calls

    def check_never_called_twice(self) -> None:
        """Not repeatable: one call at most; success only with a call; whatever else is said to be unknown."""
        self.check_one_outcome_each()
        assert {id_: count for id_, count in self.calls.items() if count > 1} == {}
        assert self.succeeded <= set(self.calls)
        assert self.succeeded | self.unknown == set(self.asked)

    def check_exactly_one_call_each(self) -> None:
        self.check_never_called_twice()
        assert self.unknown == set()

    def __str__(self) -> str:
        return (
            f"{len(self.asked)} asked, {len(self.calls)} called {self.calls.total()} times, "
            f"{len(self.results)} answered by {self.published} results"
        )

    def _wake(self) -> None:
        for condition, reached in self._waiting:
            if not reached.done() and condition():
                reached.set_result(None)
        self._waiting = [waiting for waiting in self._waiting if not waiting[1].done()]


UNKNOWN = FailureType.OUTCOME_UNKNOWN.value


def failure_type(message: bytes) -> str | None:
    error: dict[str, Any] = json.loads(message).get("error") or {}
    return error.get("type")
