"""Waiting for what is outside, and saying what is waited for."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from connectors_shared.runtime.persist import persist, told_of

T = TypeVar("T")


class Patience:
    """`problem` says in a sentence what is failing just now, None when nothing is."""

    def __init__(self, pause: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._pause = pause
        self.problem: str | None = None

    async def until_done(self, step: str, work: Callable[[], Awaitable[T]]) -> T:
        """The work's result. What is no outage is raised."""
        done = await persist(step, work, tell=partial(self._told, step), pause=self._pause)
        self.problem = None
        return done

    def _told(self, step: str, error: Exception) -> Mapping[str, Any]:
        self.problem = f"{step}: {type(error).__name__}"
        return told_of(error)
