"""A batch processor on in-memory twins."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from field_mapper.batch import BatchProcessor
from field_mapper.coercion import UserFieldCoercion
from field_mapper.metrics import MapperMetrics
from field_mapper.retries import Retries

from .twin import InMemoryContacts, InMemoryPublisher


class StoppedClock:
    """A day after the results of the builders."""

    def now(self) -> datetime:
        return datetime(2026, 1, 2, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Rendering the tracebacks of injected faults takes longer than the tests."""
    with capture_logs():
        yield


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice takes all that it is given, however slow the machine is; tests of slices say otherwise."""
    monkeypatch.setattr("field_mapper.batch.SLICE_SECONDS", 3600.0)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is away is back at once."""
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0.0001)


@pytest.fixture
def coerce() -> UserFieldCoercion:
    return UserFieldCoercion("US")


@pytest.fixture
def contacts() -> InMemoryContacts:
    return InMemoryContacts()


@pytest.fixture
def publisher() -> InMemoryPublisher:
    return InMemoryPublisher()


@pytest.fixture
def metrics() -> MapperMetrics:
    return MapperMetrics()


@pytest.fixture
def retries(metrics: MapperMetrics) -> Retries:
    return Retries(lambda step: metrics.retries.labels(step).inc())


@pytest.fixture
def processor(
    contacts: InMemoryContacts,
    publisher: InMemoryPublisher,
    coerce: UserFieldCoercion,
    metrics: MapperMetrics,
    retries: Retries,
) -> BatchProcessor:
    return BatchProcessor(contacts, publisher, lambda _workspace: coerce, StoppedClock(), metrics, retries)
