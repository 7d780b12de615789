"""Connections to a service, shared out among workspaces: none can take all of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from connector_registry.relaying.problems import TooManyFilesError, TooManyForwardedError
from connectors_shared.runtime.under_way import UnderWay

MOST_AT_ONCE: Final = 20
"""Requests of one workspace that are under way to one service."""
MOST_FILES: Final = 10
"""Files that are under way, in or out, of all workspaces: each may hold a connection for a quarter of an hour."""
MOST_FILES_OF_ONE: Final = 2
"""Of one workspace."""
RETRY_AFTER: Final = {"Retry-After": "2"}


class Shares:
    """How many each workspace has now. `of_one`: what it may have; `of_all`: what all may have together."""

    def __init__(self, of_one: int = MOST_AT_ONCE, of_all: int | None = None) -> None:
        self._of_one = of_one
        self._of_all = of_all
        self._taken = UnderWay()

    @contextmanager
    def taken(self, workspace_id: UUID) -> Iterator[None]:
        """Raises TooManyForwardedError."""
        if self._taken.of(workspace_id) >= self._of_one:
            raise TooManyForwardedError(headers=RETRY_AFTER)
        if self._of_all is not None and self._taken.total() >= self._of_all:
            raise TooManyFilesError(headers=RETRY_AFTER)
        with self._taken.one(workspace_id):
            yield


class PeerShares:
    """Of requests, and beside them of files, which take long."""

    def __init__(self) -> None:
        self.requests = Shares()
        self.files = Shares(MOST_FILES_OF_ONE, MOST_FILES)
