"""Who waits for an outcome here: a workspace has so many places, and whoever finds none is told to come again."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from connectors_shared.contract.workspace import PublishedWorkspace
from connectors_shared.http.execution_problems import TooManyCallersError
from connectors_shared.runtime.under_way import UnderWay

DEFAULT_PLACES: Final[int] = PublishedWorkspace.model_fields["waiting_callers"].default
RETRY_SECONDS: Final = 1.0


class WaitingCallers:
    """Counted by workspace, in this process."""

    def __init__(self) -> None:
        self._waiting = UnderWay()

    def __len__(self) -> int:
        return self._waiting.total()

    @contextmanager
    def place(self, workspace_id: UUID, most: int | None) -> Iterator[None]:
        """Raises TooManyCallersError; `most` None: the default."""
        if self._waiting.of(workspace_id) >= (DEFAULT_PLACES if most is None else most):
            raise TooManyCallersError(headers={"Retry-After": str(math.ceil(RETRY_SECONDS))})
        with self._waiting.one(workspace_id):
            yield
