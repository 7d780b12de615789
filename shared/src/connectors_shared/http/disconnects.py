"""Work that is for whoever asked, and ends when they hang up."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

from connectors_shared.http.problems import ProblemError

T = TypeVar("T")


class CallerGoneError(ProblemError):
    """Nobody reads this answer; it is there for the log."""

    status = 499
    kind = "caller-gone"
    title = "The caller hung up"


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """What comes of the work, which is cancelled when the caller hangs up. The body has been read before.

    Raises CallerGoneError, and what the work raises.
    """
    working, hung_up = asyncio.ensure_future(work), asyncio.ensure_future(_hung_up(receive))
    try:
        await asyncio.wait((working, hung_up), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise CallerGoneError
        return working.result()
    finally:
        working.cancel()
        hung_up.cancel()
        await asyncio.gather(working, hung_up, return_exceptions=True)


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
