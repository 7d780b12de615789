"""What `connector.health` says becomes a notice, and what it cannot say holds nothing up."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from connector_registry.history.recording.health import FAILING, HealthListener
from connector_registry.history.recording.metrics import HistoryMetrics
from connector_registry.history.recording.patience import Patience
from connector_registry.noticing.memory import InMemoryNotices
from connector_registry.noticing.notice import Said, Wanted
from connectors_shared.contract.health import ConnectorHealth

WORKSPACE, CONNECTOR = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Record:
    value: bytes | None
    partition: int = 0
    offset: int = 0


class Flaky(InMemoryNotices):
    """Does not answer at first."""

    def __init__(self) -> None:
        super().__init__()
        self.faults = 1

    async def say(self, said: "list[Said]") -> None:  # type: ignore[override]
        if self.faults:
            self.faults -= 1
            raise ConnectionError
        await super().say(said)


def a_record(healthy: bool, hours: int) -> Record:
    at = NOW + timedelta(hours=hours)
    message = ConnectorHealth(
        connector_id=CONNECTOR, workspace_id=WORKSPACE, healthy=healthy, failing_since=NOW, changed_at=at
    )
    return Record(message.to_json())


async def no_pause(_seconds: float) -> None:
    """At once."""


async def test_a_connector_that_only_fails_is_told_of_until_it_works() -> None:
    notices = Flaky()
    listener = HealthListener(notices, Patience(no_pause), HistoryMetrics())
    await listener.heard([Record(None), Record(b"{}"), Record(b"[" * 100_000), a_record(healthy=False, hours=1)])
    [notice] = await notices.page(WORKSPACE, Wanted(), None, 10)
    assert (notice.detail, notice.connector_id, notice.since) == (FAILING, CONNECTOR, NOW)
    assert notice.closed_at is None
    await listener.heard([a_record(healthy=True, hours=2), a_record(healthy=False, hours=1)])
    assert await notices.unread(WORKSPACE) == 0
