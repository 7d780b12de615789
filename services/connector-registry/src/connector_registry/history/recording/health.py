"""`connector.health` as notices for the owner: a connector does nothing but fail, or works again."""

from collections.abc import Sequence
from typing import Any, Final

from pydantic import ValidationError

from connector_registry.history.recording.metrics import HistoryMetrics
from connector_registry.history.recording.patience import Patience
from connector_registry.noticing.notice import Closing, NoticeBoard, NoticeKind, Opening, Said
from connectors_shared.contract.health import ConnectorHealth
from connectors_shared.runtime.logging import get_logger

FAILING: Final = (
    "It has done nothing but fail, so it is hardly called any more: one call in a while tries whether it works again."
)

log = get_logger(__name__)


class HealthListener:
    """Repeats until Postgres has taken what it heard. What cannot be read is logged and passed over: executors alone
    write it, and say it again with the next change."""

    def __init__(self, board: NoticeBoard, patience: Patience, metrics: HistoryMetrics) -> None:
        self._board = board
        self._patience = patience
        self._metrics = metrics

    async def heard(self, records: Sequence[Any]) -> None:
        """Of `connector.health`."""
        said = [found for record in records if (found := self._read(record)) is not None]
        if said:
            await self._patience.until_done("tell owners", lambda: self._board.say(said))
            self._metrics.records.labels("told").inc(len(said))

    def _read(self, record: Any) -> Said | None:
        try:
            health = ConnectorHealth.model_validate_json(record.value or b"")
        except (ValidationError, RecursionError):
            log.warning("health.unreadable", partition=record.partition, offset=record.offset)
            self._metrics.records.labels("unreadable").inc()
            return None
        return said_of(health)


def said_of(health: ConnectorHealth) -> Said:
    workspace_id, kind, connector_id = health.workspace_id, NoticeKind.CONNECTOR_FAILING, health.connector_id
    if health.healthy:
        return Closing(workspace_id, kind, health.changed_at, connector_id)
    return Opening(workspace_id, kind, FAILING, health.failing_since, health.changed_at, connector_id)
