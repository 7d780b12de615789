"""`python -m connectors_local.demo.pretend_api --port N` serves on loopback until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import os
import signal

import uvloop
from aiohttp import web

from connectors_local.demo.pretend_api.api import DEFAULT_TOKEN, PretendApi, Settings


async def serve(api: PretendApi, host: str, port: int) -> None:
    """Answer until SIGTERM or Ctrl-C. A call whose caller hangs up is given up as well."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    server = web.Server(api.answer, handler_cancellation=True, access_log=None)
    runner = web.ServerRunner(server, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
        print(f"pretend API on http://{host}:{port}", flush=True)
        await stopped.wait()
    finally:
        await runner.cleanup()


def build_parser() -> argparse.ArgumentParser:
    """The address comes from the environment as for every service of the stack, unless it is given."""
    parser = argparse.ArgumentParser(prog="pretend_api", description="A pretend third-party API.")
    parser.add_argument("--host", default=os.environ.get("CONNECTORS_HOST", "127.0.0.1"))
    port = os.environ.get("CONNECTORS_PORT")
    parser.add_argument("--port", type=int, default=port, required=port is None)
    parser.add_argument("--token", default=DEFAULT_TOKEN, help="the bearer token it accepts")
    parser.add_argument("--latency-ms", type=float, default=50.0)
    parser.add_argument("--jitter-ms", type=float, default=10.0)
    parser.add_argument("--rate-per-second", type=int, help="answer 429 to look-ups beyond this")
    return parser


def main(arguments: list[str] | None = None) -> None:
    options = vars(build_parser().parse_args(arguments))
    host, port = options.pop("host"), options.pop("port")
    uvloop.run(serve(PretendApi(Settings(**options)), host, port))


if __name__ == "__main__":
    main()
