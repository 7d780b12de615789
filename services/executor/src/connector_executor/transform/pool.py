"""A queue of evaluations and the supervised processes that work it off.

A worker answers in order, so the evaluation it was given first and has not answered is the one it is busy
with: its deadline is the only one that runs, and when the worker dies it is the one to blame. All others that
the worker held go back to the head of the queue.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from operator import attrgetter
from typing import Final

from connector_executor.transform.outcome import CRASHED, TransformFailure, timed_out
from connector_executor.transform.process import WorkerProcess, spawn
from connector_executor.transform.wire import Answer, Request, Settings, frame

WINDOW: Final = 8
"""Evaluations a worker may hold: enough to keep it busy while the event loop does something else."""
START_SECONDS: Final = 20.0
_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 5.0

Verdict = Answer | TransformFailure
SpawnProcess = Callable[[Callable[[Answer], None], Callable[[], None]], Awaitable[WorkerProcess]]


class Evaluation:
    """A request, and the future of its verdict."""

    __slots__ = ("deadline_seconds", "frame", "verdict")

    def __init__(self, request: Request) -> None:
        self.frame = frame(request)
        self.deadline_seconds = request.deadline_seconds
        self.verdict: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()

    def settle(self, verdict: Verdict) -> None:
        if not self.verdict.done():
            self.verdict.set_result(verdict)


class Pool:
    """`workers` processes on one queue."""

    def __init__(self, workers: int, settings: Settings, memory_limit_bytes: int) -> None:
        self._queue: deque[Evaluation] = deque()
        start = partial(spawn, settings, memory_limit_bytes)
        self._slots = [Slot(self._queue, start, self._wake, self._start_failed) for _ in range(workers)]

    @property
    def waiting(self) -> int:
        return len(self._queue) + sum(slot.held for slot in self._slots)

    @property
    def pids(self) -> list[int]:
        return [slot.pid for slot in self._slots if slot.pid is not None]

    async def start(self) -> None:
        """Raises RuntimeError when a worker does not come up."""
        await asyncio.gather(*(slot.start() for slot in self._slots))

    def submit(self, evaluation: Evaluation) -> None:
        self._queue.append(evaluation)
        self._wake()

    async def close(self) -> None:
        """Ends every process; evaluations that have no verdict yet are cancelled."""
        await asyncio.gather(*(slot.close() for slot in self._slots))
        while self._queue:
            self._queue.popleft().verdict.cancel()

    def _wake(self) -> None:
        for slot in sorted(self._slots, key=attrgetter("held")):
            slot.pull()

    def _start_failed(self) -> None:
        if any(slot.pid is not None for slot in self._slots):
            return
        while self._queue:
            self._queue.popleft().settle(TransformFailure(CRASHED, "The transform worker does not start."))


class Slot:
    """Keeps one process running and fed, once there is something to do or `start` was called."""

    def __init__(
        self,
        queue: deque[Evaluation],
        spawn_process: SpawnProcess,
        on_returned: Callable[[], None],
        on_start_failed: Callable[[], None],
    ) -> None:
        self._queue = queue
        self._spawn = spawn_process
        self._on_returned = on_returned
        self._on_start_failed = on_start_failed
        self._held: deque[Evaluation] = deque()
        self._process: WorkerProcess | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._stopping = asyncio.Event()
        self._deadline: asyncio.TimerHandle | None = None
        self._sentenced: Evaluation | None = None
        self._failed_starts = 0

    @property
    def held(self) -> int:
        return len(self._held)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._ready.is_set() else None

    async def start(self) -> None:
        self._keep_running()
        try:
            await asyncio.wait_for(self._ready.wait(), START_SECONDS)
        except TimeoutError:
            raise RuntimeError("a transform worker did not start") from None

    def pull(self) -> None:
        """Takes from the queue what the process can hold."""
        if self._queue:
            self._keep_running()
        while self._ready.is_set() and self._queue and len(self._held) < WINDOW:
            evaluation = self._queue.popleft()
            if not evaluation.verdict.done():
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
        if self._held and self._sentenced is None:
            head = self._held[0]
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(head.deadline_seconds, self._sentence, head)

    def _sentence(self, head: Evaluation) -> None:
        self._sentenced = head
        if self._process is not None:
            self._process.kill()

    def _on_answer(self, answer: Answer) -> None:
        if self._ready.is_set():
            self._settle_head(answer)
        else:
            self._failed_starts = 0
            self._ready.set()
        self.pull()

    def _settle_head(self, answer: Answer) -> None:
        evaluation = self._held.popleft()
        evaluation.settle(answer)
        if evaluation is self._sentenced:
            self._sentenced = None
        self._watch_head()
        if answer.retiring:
            self._return_held()

    def _keep_running(self) -> None:
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._run_until_stopped(), name="transform-worker")

    async def _run_until_stopped(self) -> None:
        while not self._stopping.is_set():
            self._failed_starts += 1
            await self._run_once()
            if self._failed_starts and not self._stopping.is_set():
                self._on_start_failed()
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
        self._bury(process)

    def _kill_unless_ready(self, process: WorkerProcess) -> None:
        if not self._ready.is_set():
            process.kill()

    def _bury(self, process: WorkerProcess) -> None:
        process.release()
        self._process = None
        culprit, self._sentenced = self._sentenced, None
        if self._stopping.is_set():
            self._ready.clear()
            return
        if culprit is not None:
            self._held.remove(culprit)
            culprit.settle(timed_out(culprit.deadline_seconds))
        elif self._held:
            self._held.popleft().settle(process.epitaph())
        self._return_held()

    def _return_held(self) -> None:
        """To the head of the queue: they are run again, by this slot's next process or by another slot."""
        self._ready.clear()
        self._queue.extendleft(reversed(self._held))
        self._held.clear()
        self._watch_head()
        self._on_returned()
