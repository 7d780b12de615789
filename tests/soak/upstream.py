"""The API that the connectors call, in a process of its own: it writes down every call, and outlives every fault.

    /ok/{key}       200 at once               /busy/{key}     the first call of some ids: 503 with Retry-After
    /held/{key}     200 after 0.7 s           /limited/{key}  the first call of some ids: 429 with Retry-After
    /slow/{key}     200 after 2.5 s           /gateway/{key}  does it, and answers some ids with a bare 503
    /failing/{key}  500, for some seconds of every twenty      /hanging/{key}  does it, and never answers some ids
    /strange/{key}  200 with headers that no limit can mean

Lines of the log: a call when it has ended, and every time at which the process itself stood still.
"""

import asyncio
import json
import sys
import time
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, Any

from aiohttp import web

from connectors_local.ports import LOOPBACK
from tests.soak.cast import IDEMPOTENCY_HEADER

TICK_SECONDS = 0.02
LAG_SECONDS = 0.05
"""A tick that comes later than that is written down."""
HANG_SECONDS = 120.0
Reply = tuple[int, dict[str, str], bool]
"""Status, headers, and whether the call had its effect."""
DONE: Reply = (200, {}, True)
STRANGE = {"X-RateLimit-Limit": "1e-30", "X-RateLimit-Remaining": "-1", "RateLimit": '"a";r=' + "9" * 4000}


def picks(execution_id: str, one_in: int) -> bool:
    """The same ids in every run."""
    return zlib.crc32(execution_id.encode()) % one_in == 0


class Upstream:
    """Answers, and writes down."""

    def __init__(self, log: IO[str]) -> None:
        self._log = log
        self._seen: Counter[str] = Counter()
        self._began = time.monotonic()
        self._behaviours: dict[str, Callable[[str], Awaitable[Reply]]] = {
            "ok": self._ok,
            "held": self._held,
            "slow": self._slow,
            "busy": self._busy,
            "limited": self._limited,
            "gateway": self._gateway,
            "failing": self._failing,
            "hanging": self._hanging,
            "strange": self._strange,
        }

    async def answer(self, request: web.Request) -> web.Response:
        """A client that goes away while it waits cancels this; the call has reached us all the same."""
        started, execution_id = time.monotonic(), request.query.get("id", "")
        self._seen[execution_id] += 1
        line = {
            "id": execution_id,
            "connector": request.match_info["key"],
            "started": started,
            "status": None,
            "done": True,
            "key": request.headers.get(IDEMPOTENCY_HEADER),
        }
        try:
            status, headers, line["done"] = await self._behaviours[request.match_info["behaviour"]](execution_id)
            line["status"] = status
        finally:
            self._write(line | {"ended": time.monotonic()})
        body = {"id": execution_id, "value": f"value of {execution_id}", "connector": line["connector"]}
        return web.json_response(body if status == 200 else {"error": status}, status=status, headers=headers)

    async def watch(self) -> None:
        """For ever: notes when this process was not given the processor."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(TICK_SECONDS)
            late = time.monotonic() - before - TICK_SECONDS
            if late > LAG_SECONDS:
                self._write({"lag": late, "at": time.monotonic()})

    async def _ok(self, _id: str) -> Reply:
        await asyncio.sleep(0.02)
        return DONE

    async def _held(self, _id: str) -> Reply:
        await asyncio.sleep(0.7)
        return DONE

    async def _slow(self, _id: str) -> Reply:
        await asyncio.sleep(2.5)
        return DONE

    async def _busy(self, id_: str) -> Reply:
        return (503, {"Retry-After": "1"}, False) if self._refuses(id_) else DONE

    async def _limited(self, id_: str) -> Reply:
        return (429, {"Retry-After": "1"}, False) if self._refuses(id_) else DONE

    def _refuses(self, id_: str) -> bool:
        return self._seen[id_] == 1 and picks(id_, 10)

    async def _gateway(self, id_: str) -> Reply:
        return (503, {}, True) if picks(id_, 4) else DONE

    async def _failing(self, _id: str) -> Reply:
        return (500, {}, True) if (time.monotonic() - self._began) % 20 < 8 else DONE

    async def _hanging(self, id_: str) -> Reply:
        if picks(id_, 4):
            await asyncio.sleep(HANG_SECONDS)
        return DONE

    async def _strange(self, _id: str) -> Reply:
        return 200, STRANGE, True

    def _write(self, line: dict[str, Any]) -> None:
        self._log.write(json.dumps(line) + "\n")
        self._log.flush()


async def main(port: int, log_path: Path) -> None:
    with log_path.open("a") as log:
        upstream = Upstream(log)
        app = web.Application()
        app.router.add_route("*", "/{behaviour}/{key}", upstream.answer)
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, LOOPBACK, port, backlog=1024).start()
        await upstream.watch()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
