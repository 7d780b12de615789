"""Run a FastAPI app as the process: uvloop, one listener, orderly stop on SIGTERM and Ctrl-C."""

import asyncio
from collections.abc import Awaitable, Callable

import uvicorn
import uvloop
from fastapi import FastAPI


def serve(build: Callable[[], Awaitable[FastAPI]], host: str, port: int) -> None:
    """Build the app inside the loop that will run it, then serve until a signal comes.

    The app's lifespan starts and stops everything else; uvicorn turns the signals into its end.
    """
    uvloop.run(_serve(build, host, port))


async def _serve(build: Callable[[], Awaitable[FastAPI]], host: str, port: int) -> None:
    app = await build()
    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    await server.serve()
    if not server.started:
        raise SystemExit(3)
    await asyncio.sleep(0)
