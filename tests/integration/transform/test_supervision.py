"""Worker processes that die, do not start, or outlive their supervisor."""

import asyncio
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import psutil
import pytest

from connector_executor.transform import Transformed, Transformer, TransformFailure
from connector_executor.transform import process as process_module
from connector_executor.transform.wire import Request, frame

from .conftest import DISTINCT, running, until

ENDLESS = "($f := function($x) { $f($x) }; $f(1))"
REGEX = "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(a+)+$/)"


async def test_a_killed_worker_fails_only_the_evaluation_it_was_busy_with() -> None:
    async with running(deadline_seconds=20.0) as transformer:
        [pid] = transformer.worker_pids
        busy = asyncio.create_task(transformer.evaluate(REGEX, {}))
        waiting = [asyncio.create_task(transformer.evaluate(DISTINCT, {"a": [n, n]})) for n in range(20)]
        await until_it_runs(pid)
        os.kill(pid, signal.SIGKILL)
        outcome = await busy
        assert isinstance(outcome, TransformFailure)
        assert outcome.code == "crashed"
        assert "SIGKILL" in outcome.message
        assert await asyncio.gather(*waiting) == [Transformed([n]) for n in range(20)]
        assert transformer.worker_pids[0] != pid


async def test_every_evaluation_that_hangs_is_the_only_one_to_fail() -> None:
    async with running(deadline_seconds=0.2) as transformer:
        expressions = [DISTINCT, "$distinct([1..60000].{'a': $})"] * 4
        document = {"a": [1, 1]}
        outcomes = await asyncio.gather(*(transformer.evaluate(each, document) for each in expressions))
    assert outcomes[::2] == [Transformed([1])] * 4
    assert [getattr(outcome, "code", None) for outcome in outcomes[1::2]] == ["timeout"] * 4


async def test_a_worker_that_dies_idle_is_replaced() -> None:
    async with running() as transformer:
        for _ in range(3):
            before = transformer.worker_pids
            os.kill(before[0], signal.SIGKILL)
            await until(partial(has_others, transformer, before))
        assert await transformer.evaluate(DISTINCT, {"a": [1, 1]}) == Transformed([1])


async def test_the_deadline_does_not_count_the_time_in_the_queue() -> None:
    async with running(deadline_seconds=2.0) as transformer:
        [pid] = transformer.worker_pids
        hanging = asyncio.create_task(transformer.evaluate(REGEX, {}, deadline_seconds=3.0))
        await until_it_runs(pid)
        assert await transformer.evaluate(DISTINCT, {"a": [1, 1]}) == Transformed([1])
        outcome = await hanging
    assert isinstance(outcome, TransformFailure)
    assert outcome.code == "timeout"


async def test_closing_leaves_no_process_and_cancels_what_waits() -> None:
    transformer = Transformer(workers=2)
    await transformer.start()
    endless = (f"({REGEX}; {number})" for number in range(3))
    waiting = [asyncio.create_task(transformer.evaluate(each, {}, deadline_seconds=30.0)) for each in endless]
    await until(lambda: len(transformer.worker_pids) == 2)
    processes = [psutil.Process(pid) for pid in transformer.worker_pids]
    await transformer.close()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert all(each.cancelled() for each in waiting)
    assert not any(process.is_running() for process in processes)


async def test_closing_while_a_worker_starts_leaves_no_process() -> None:
    before = set(psutil.Process().children())
    transformer = Transformer()
    waiting = asyncio.create_task(transformer.evaluate(DISTINCT, {"a": [1, 1]}))
    await asyncio.sleep(0)
    await transformer.close()
    await asyncio.gather(waiting, return_exceptions=True)
    assert waiting.cancelled()
    assert set(psutil.Process().children()) == before


async def test_workers_that_do_not_start_fail_the_evaluations(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "worker.py"
    broken.write_text("raise SystemExit(3)")
    monkeypatch.setattr(process_module, "_PROGRAM", str(broken))
    transformer = Transformer()
    outcome = await transformer.evaluate(DISTINCT, {"a": [1, 1]})
    assert isinstance(outcome, TransformFailure)
    assert outcome.code == "crashed"
    monkeypatch.undo()
    assert await transformer.evaluate(DISTINCT, {"a": [1, 1]}) == Transformed([1])
    await transformer.close()


async def test_a_worker_inherits_no_secret_and_no_open_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONNECTORS_MASTER_KEY", "secret-of-the-service")
    with (tmp_path / "open").open("w") as inherited:
        os.set_inheritable(inherited.fileno(), True)
        async with running() as transformer:
            worker = psutil.Process(transformer.worker_pids[0])
            assert "CONNECTORS_MASTER_KEY" not in worker.environ()
            assert "secret-of-the-service" not in " ".join(worker.cmdline())
            assert worker.open_files() == []
            assert worker.net_connections() == []


@pytest.mark.skipif(sys.platform != "linux", reason="limits are read from /proc")
async def test_a_worker_has_its_limits() -> None:
    async with running(memory_limit_bytes=300 * 1024 * 1024) as transformer:
        await transformer.evaluate(DISTINCT, {"a": [1, 1]})
        worker = psutil.Process(transformer.worker_pids[0])
        assert worker.rlimit(psutil.RLIMIT_AS) == (300 * 1024 * 1024,) * 2
        assert worker.rlimit(psutil.RLIMIT_CORE) == (0, 0)
        assert worker.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
        assert worker.rlimit(psutil.RLIMIT_CPU)[0] <= 10


def test_an_evaluation_whose_supervisor_is_gone_ends_by_itself() -> None:
    endless = frame(Request(REGEX, b'{"wide": 1}', None, 0.1))
    settings = '{"max_result_bytes": 1000, "cache_entries": 4}'
    with subprocess.Popen(
        [sys.executable, "-I", process_module._PROGRAM, str(256 * 1024 * 1024), settings],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as worker:
        assert worker.stdin is not None
        worker.stdin.write(endless)
        worker.stdin.close()
        assert worker.wait(timeout=20) is not None


async def until_it_runs(pid: int) -> None:
    """Until the worker has spent processor time on an evaluation."""
    spent = psutil.Process(pid).cpu_times().user
    await until(lambda: psutil.Process(pid).cpu_times().user > spent + 0.05)


def has_others(transformer: Transformer, pids: list[int]) -> bool:
    return transformer.worker_pids not in ([], pids)
