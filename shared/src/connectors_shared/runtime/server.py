"""Run a service's app as the process: uvloop, one listener, orderly stop on SIGTERM and Ctrl-C."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import uvicorn
import uvloop
from starlette.applications import Starlette

from connectors_shared.runtime.lost_connections import report_as_connection_errors

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = 130
COLLECT_AFTER = 10_000


def serve(build: Callable[[], Awaitable[Starlette]], host: str, port: int) -> None:
    """Build the app inside the loop that will run it, then serve until a signal comes.

    The app's lifespan starts and stops everything else. A stop by signal is a normal return.
    """
    report_as_connection_errors()
    try:
        uvloop.run(_serve(build, host, port))
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


class _Server(uvicorn.Server):
    """uvicorn's own handling kills the process with the signal once more after the orderly stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in STOP_SIGNALS:
                loop.remove_signal_handler(number)


async def _serve(build: Callable[[], Awaitable[Starlette]], host: str, port: int) -> None:
    app = await build()
    _collect_less()
    config = uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=5)
    server = _Server(config)
    await server.serve()
    if not server.started:
        raise SystemExit(3)
    await asyncio.sleep(0)


def _collect_less() -> None:
    """What is there now stays, so that collections need not walk it; and a full queue is no garbage.

    The default looks after every 700 objects that are kept, and then walks all records that wait.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
