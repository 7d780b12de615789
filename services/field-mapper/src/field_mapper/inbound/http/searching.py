"""How much one workspace may look for at once, and what its search terms mean."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import ClassVar, Final
from uuid import UUID

from connectors_shared.http.problems import ProblemError
from connectors_shared.runtime.postgres_faults import TooSlowStatementError
from field_mapper.coercion import UserFieldCoercion, ValueRefusedError, storable
from field_mapper.outbound.searching import ContactFilter

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
        self._under_way: Counter[UUID] = Counter()

    @asynccontextmanager
    async def of(self, workspace_id: UUID) -> AsyncIterator[None]:
        """Raises TooManySearchesError, and SearchTooSlowError for one that Postgres ended."""
        if self._under_way[workspace_id] >= AT_ONCE:
            raise TooManySearchesError(headers={"Retry-After": "1"})
        self._under_way[workspace_id] += 1
        try:
            yield
        except TooSlowStatementError:
            raise SearchTooSlowError(headers={"Retry-After": "5"}) from None
        finally:
            self._under_way[workspace_id] -= 1
            self._under_way += Counter()


def filter_of(coerce: UserFieldCoercion, text: str | None, phone: str | None, email: str | None) -> ContactFilter:
    """What was asked for, as it is stored."""
    looked_for = storable(text).strip() if text is not None else None
    return ContactFilter(
        text=looked_for,
        phones=coerce.phone_prefixes(looked_for) if looked_for else (),
        phone=_normalized(coerce, phone) if phone is not None else None,
        email=storable(email) if email is not None else None,
    )


def _normalized(coerce: UserFieldCoercion, phone: str) -> str:
    """A number as it is stored; what is none is looked for as it is, and not found."""
    try:
        return str(coerce("phone", phone))
    except ValueRefusedError:
        return storable(phone)
