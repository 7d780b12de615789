"""How much one workspace may look for at once."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import ClassVar, Final
from uuid import UUID

from connectors_shared.http.problems import ProblemError
from connectors_shared.runtime.postgres_faults import TooSlowStatementError
from connectors_shared.runtime.under_way import UnderWay

AT_ONCE: Final = 2
"""Searches of one workspace, of those that the pool has room for."""


class TooManySearchesError(ProblemError):
    status = 429
    kind = "too-many-searches"
    title = "Too many searches at once"
    detail = f"A workspace may have {AT_ONCE} under way; send it again when one has ended."
    sends: ClassVar[Mapping[str, str]] = {"Retry-After": "Seconds."}


class SearchTooSlowError(ProblemError):
    status = 503
    kind = "search-too-slow"
    title = "The search took too long"
    detail = "Look for more of the name, or send it again later."
    sends: ClassVar[Mapping[str, str]] = {"Retry-After": "Seconds."}


class SearchTurns:
    """Counts the searches under way, by workspace."""

    def __init__(self) -> None:
        self._under_way = UnderWay()

    @asynccontextmanager
    async def of(self, workspace_id: UUID) -> AsyncIterator[None]:
        """Raises TooManySearchesError, and SearchTooSlowError for one that Postgres ended."""
        if self._under_way.of(workspace_id) >= AT_ONCE:
            raise TooManySearchesError(headers={"Retry-After": "1"})
        with self._under_way.one(workspace_id):
            try:
                yield
            except TooSlowStatementError:
                raise SearchTooSlowError(headers={"Retry-After": "5"}) from None
