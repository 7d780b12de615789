"""Waiting for what is outside: a step is repeated until the server that it needs is back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import asyncpg
from aiokafka.errors import KafkaError

from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.postgres_faults import passes

FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 2.0

log = get_logger(__name__)
T = TypeVar("T")


def is_outage(error: BaseException) -> bool:
    """Whether Kafka, Redis or Postgres is away, or cannot do it now: the same step may succeed later."""
    if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError | asyncpg.InternalClientError):
        return passes(error)
    return isinstance(error, OSError | KafkaError)


def told_of(error: Exception) -> Mapping[str, Any]:
    """What is logged of an outage."""
    return {"why": f"{type(error).__name__}: {error}"}


def pause_seconds(failures: int) -> float:
    """How long to pause after so many failures in a row: twice as long each time, up to a bound."""
    return float(min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 20)))


async def persist(
    step: str,
    work: Callable[[], Awaitable[T]],
    *,
    waits_for: Callable[[Exception], bool] = is_outage,
    tell: Callable[[Exception], Mapping[str, Any]] = told_of,
    pause: Callable[[float], Awaitable[object]] | None = None,
) -> T:
    """The work's result. Errors that `waits_for` accepts are logged and waited out; any other one is raised.

    `step` and what `tell` says of an error are for the log. `pause` sleeps, unless something else cuts it short.
    """
    failures = 0
    while True:
        try:
            done = await work()
        except Exception as error:
            if not waits_for(error):
                raise
            failures += 1
            seconds = pause_seconds(failures)
            log.warning("step.retried", step=step, failures=failures, pause_seconds=seconds, **tell(error))
            await (pause or asyncio.sleep)(seconds)
        else:
            if failures:
                log.info("step.recovered", step=step, failures=failures)
            return done
