"""Connections to the field mapper, shared out among workspaces: none can take all of them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from connector_registry.contacts.problems import TooManyForwardedError

MOST_AT_ONCE: Final = 20
"""Requests of one workspace that are under way to the mapper."""
RETRY_AFTER: Final = {"Retry-After": "2"}


class Shares:
    """How many each workspace has now."""

    def __init__(self) -> None:
        self._taken: Counter[UUID] = Counter()

    @contextmanager
    def taken(self, workspace_id: UUID) -> Iterator[None]:
        """Raises TooManyForwardedError."""
        if self._taken[workspace_id] >= MOST_AT_ONCE:
            raise TooManyForwardedError(headers=RETRY_AFTER)
        self._taken[workspace_id] += 1
        try:
            yield
        finally:
            self._taken[workspace_id] -= 1
            if not self._taken[workspace_id]:
                del self._taken[workspace_id]
