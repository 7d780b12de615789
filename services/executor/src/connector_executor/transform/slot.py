"""Keeps one worker process running and fed.

A worker answers in order, so the evaluation it was given first and has not answered is the one it is busy
with: its deadline is the only one that runs, and when the worker process ends, it is taken for the cause. All others
that the worker held are given back.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

from connector_executor.transform.outcome import TransformFailure, timed_out
from connector_executor.transform.process import WorkerProcess
from connector_executor.transform.timings import SLOW_SECONDS
from connector_executor.transform.turns import Evaluation, Verdict
from connector_executor.transform.wire import Answer

START_SECONDS: Final = 20.0
_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 5.0

Run = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]
"""Runs it beside everything else."""
SpawnProcess = Callable[[Callable[[Answer], None], Callable[[], None]], Awaitable[WorkerProcess]]


class Source(Protocol):
    """Where a slot's work comes from."""

    def next_for(self, held: Sequence[Evaluation]) -> Evaluation | None:
        """What a worker that holds `held` should be given besides."""

    def note(self, evaluation: Evaluation, verdict: Verdict) -> bool:
        """Before the verdict is given. True when other workers may take what they had to leave until now."""

    def found_slow(self, evaluation: Evaluation) -> None:
        """It has been under way for `SLOW_SECONDS`."""

    def give_back(self, evaluations: Sequence[Evaluation]) -> None:
        """Their worker has ended, and another evaluation was the cause."""

    def start_failed(self) -> None:
        """A process ended before it was ready."""

    def wake(self) -> None:
        """A worker can take something."""


class Slot:
    """Nothing runs before `start`."""

    def __init__(
        self,
        source: Source,
        spawn_process: SpawnProcess,
        run: Run = asyncio.create_task,
    ) -> None:
        self._source = source
        self._spawn = spawn_process
        self._run = run
        self._held: deque[Evaluation] = deque()
        self._process: WorkerProcess | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._stopping = asyncio.Event()
        self._deadline: asyncio.TimerHandle | None = None
        self._timed_out: Evaluation | None = None
        self._failed_starts = 0
        self._ending = False

    @property
    def held(self) -> deque[Evaluation]:
        return self._held

    @property
    def started(self) -> bool:
        return self._keeper is not None

    @property
    def ready(self) -> bool:
        return self._ready.is_set()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._ready.is_set() else None

    def start(self) -> None:
        if self._keeper is None:
            self._keeper = self._run(self._run_until_stopped())

    async def started_up(self) -> None:
        """Raises RuntimeError when the process does not come up."""
        self.start()
        try:
            await asyncio.wait_for(self._ready.wait(), START_SECONDS)
        except TimeoutError:
            raise RuntimeError("a transform worker did not start") from None

    def pull(self) -> None:
        """Takes what the process should hold."""
        while self.ready and (evaluation := self._source.next_for(self._held)) is not None:
            self._give(evaluation)

    async def close(self) -> None:
        self._stopping.set()
        if self._process is not None:
            self._process.kill()
        if self._keeper is not None:
            await self._keeper

    def _give(self, evaluation: Evaluation) -> None:
        assert self._process is not None
        self._held.append(evaluation)
        self._process.send(evaluation.frame)
        if len(self._held) == 1:
            self._watch_head()

    def _watch_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if self._held and self._timed_out is None:
            head = self._held[0]
            if head.deadline_seconds > SLOW_SECONDS:
                self._deadline = asyncio.get_running_loop().call_later(SLOW_SECONDS, self._call_slow, head)
            else:
                self._await_deadline(head, head.deadline_seconds)

    def _call_slow(self, head: Evaluation) -> None:
        self._await_deadline(head, head.deadline_seconds - SLOW_SECONDS)
        self._source.found_slow(head)

    def _await_deadline(self, head: Evaluation, seconds: float) -> None:
        self._deadline = asyncio.get_running_loop().call_later(seconds, self._time_out, head)

    def _time_out(self, head: Evaluation) -> None:
        self._timed_out = head
        if self._process is not None:
            self._process.kill()

    def _on_answer(self, answer: Answer) -> None:
        if self._ending:
            return  # to what was given back, and runs again
        if self._ready.is_set():
            self._settle_head(answer)
        else:
            self._failed_starts = 0
            self._ready.set()
            self._source.wake()

    def _settle_head(self, answer: Answer) -> None:
        evaluation = self._held.popleft()
        more_may_run = self._source.note(evaluation, answer)
        evaluation.settle(answer)
        if answer.retiring or evaluation is self._timed_out:  # answered at the last moment: the process is ending
            self._timed_out = None
            self._ending = True
            self._return_held()
            return
        self._watch_head()
        if more_may_run:
            self._source.wake()
        else:
            self.pull()

    async def _run_until_stopped(self) -> None:
        while not self._stopping.is_set():
            self._failed_starts += 1
            await self._run_once()
            if self._failed_starts and not self._stopping.is_set():
                self._source.start_failed()
                await self._pause()
        for evaluation in self._held:
            evaluation.verdict.cancel()
        self._held.clear()

    async def _pause(self) -> None:
        seconds = min(_FIRST_PAUSE_SECONDS * 2 ** min(self._failed_starts, 10), _LONGEST_PAUSE_SECONDS)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _run_once(self) -> None:
        """One process, from its start to its end."""
        ended = asyncio.Event()
        try:
            process = await self._spawn(self._on_answer, ended.set)
        except OSError:
            return
        self._process = process
        if self._stopping.is_set():
            process.kill()
        too_slow = asyncio.get_running_loop().call_later(START_SECONDS, self._kill_unless_ready, process)
        await ended.wait()
        too_slow.cancel()
        self._clear_away(process)

    def _kill_unless_ready(self, process: WorkerProcess) -> None:
        if not self._ready.is_set():
            process.kill()

    def _clear_away(self, process: WorkerProcess) -> None:
        process.release()
        self._process = None
        self._ending = False
        timed_out_one, self._timed_out = self._timed_out, None
        if self._stopping.is_set():
            self._ready.clear()
            return
        if timed_out_one is not None:
            self._held.remove(timed_out_one)
            self._fail(timed_out_one, timed_out(timed_out_one.deadline_seconds))
        elif self._held:
            self._fail(self._held.popleft(), process.failure())
        self._return_held()

    def _fail(self, evaluation: Evaluation, failure: TransformFailure) -> None:
        self._source.note(evaluation, failure)
        evaluation.settle(failure)

    def _return_held(self) -> None:
        """They are run again, by this slot's next process or by another slot."""
        self._ready.clear()
        returned = list(self._held)
        self._held.clear()
        self._watch_head()
        self._source.give_back(returned)
