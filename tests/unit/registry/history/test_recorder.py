"""A batch: what is bad is set aside with a reason, and never stops what is good."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from connector_registry.history.recording.days import LATE, Days
from connector_registry.history.recording.letters import Letter
from connector_registry.history.recording.lines import Line
from connector_registry.history.recording.memory import InMemoryHistory
from connector_registry.history.recording.metrics import HistoryMetrics
from connector_registry.history.recording.patience import Patience
from connector_registry.history.recording.recorder import Recorder
from connectors_shared.contract.failure import DeadReason
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.postgres_faults import DatabaseUnavailableError
from tests.unit.registry.history.builders import Record, a_failure, a_result, an_update, body

NOW = datetime.now(UTC)


class Fussy(InMemoryHistory):
    """Refuses batches with a `poisonous` flow, is away for so many calls, and knows which days it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.away = 0
        self.backs: list[int] = []

    async def record(self, lines: Sequence[Line]) -> list[Line]:
        if self.away:
            self.away -= 1
            raise DatabaseUnavailableError("gone")
        if any(line.flow_id == "poisonous" for line in lines):
            raise asyncpg.DataError("canary")
        return await super().record(lines)

    async def keep_days(self, back: int, ahead: int) -> None:
        self.backs.append(back)


class Sent:
    """Letters that were sent."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    async def send(self, letters: Sequence[Letter]) -> None:
        self.letters += letters

    @property
    def reasons(self) -> list[tuple[int, DeadReason]]:
        return [(letter.record.offset, letter.why.reason) for letter in self.letters]


class StoppedClock(SystemClock):
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


async def no_pause(_seconds: float) -> None:
    """Time does not pass here."""


@pytest.fixture
def store() -> Fussy:
    return Fussy()


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def metrics() -> HistoryMetrics:
    return HistoryMetrics()


@pytest.fixture
def recorder(store: Fussy, sent: Sent, metrics: HistoryMetrics) -> Recorder:
    return Recorder(store, sent, Days(store, SystemClock()), Patience(no_pause), metrics)


def outcome(metrics: HistoryMetrics, name: str) -> float:
    return metrics.registry.get_sample_value("connectors_history_records_total", {"outcome": name}) or 0


async def test_bad_records_are_set_aside_with_their_reasons_and_the_others_are_recorded(
    recorder: Recorder, store: Fussy, sent: Sent, metrics: HistoryMetrics
) -> None:
    values = [body(a_result()), b"{", body(a_result(context={"flowId": "poisonous"})), None, body(a_failure())]
    await recorder.results([Record(value, offset) for offset, value in enumerate(values)])
    assert len(store.lines) == 2
    assert sorted(sent.reasons) == [
        (1, DeadReason.NOT_JSON),
        (2, DeadReason.REPEATED_FAULT),
        (3, DeadReason.EMPTY),
    ]
    assert "canary" not in "".join(letter.why.detail for letter in sent.letters)
    assert (outcome(metrics, "recorded"), outcome(metrics, "dead")) == (2, 3)


async def test_an_outage_is_waited_for(recorder: Recorder, store: Fussy, sent: Sent) -> None:
    store.away = 3
    await recorder.results([Record(body(a_result()))])
    assert len(store.lines) == 1
    assert sent.letters == []


async def test_repeats_are_counted_as_such_and_once_in_what_is_counted(
    recorder: Recorder, metrics: HistoryMetrics
) -> None:
    record = Record(body(a_failure("unheard_of", trigger="unheard of")))
    await recorder.results([record])
    await recorder.results([record])
    assert (outcome(metrics, "recorded"), outcome(metrics, "repeated")) == (1, 1)
    labels = {"status": "error", "trigger": "other"}
    assert metrics.registry.get_sample_value("connectors_history_executions_total", labels) == 1
    assert metrics.registry.get_sample_value("connectors_history_failures_total", {"type": "other"}) == 1


async def test_a_result_of_the_future_is_of_now_and_an_ancient_one_is_not_recorded(
    recorder: Recorder, store: Fussy, metrics: HistoryMetrics
) -> None:
    future, ancient = a_result(at=NOW + timedelta(days=400)), a_result(at=NOW - timedelta(days=LATE + 1))
    await recorder.results([Record(body(future)), Record(body(ancient))])
    [line] = store.lines.values()
    assert NOW <= line.executed_at <= datetime.now(UTC)
    assert outcome(metrics, "late") == 1


@pytest.mark.parametrize("ahead", [timedelta(minutes=5), timedelta(days=400), timedelta(days=-2)], ids=str)
async def test_an_update_that_comes_again_is_the_same_row_whoever_s_clock_is_ahead(
    store: Fussy, sent: Sent, ahead: timedelta
) -> None:
    record = Record(body(an_update(updatedAt=(NOW + ahead).isoformat())), timestamp=round(NOW.timestamp() * 1000))
    for later in (timedelta(), timedelta(minutes=3), timedelta(days=1)):
        days = Days(store, StoppedClock(NOW + later))
        await Recorder(store, sent, days, Patience(no_pause), HistoryMetrics()).updates([record])
    [line] = store.mappings.values()
    assert line.updated_at < NOW + timedelta(hours=3)


@pytest.mark.parametrize("timestamp", [-1, 2**62, -(2**62)])
async def test_an_update_whose_record_has_no_time_that_can_be_is_recorded(
    recorder: Recorder, store: Fussy, timestamp: int
) -> None:
    await recorder.updates([Record(body(an_update(updatedAt=NOW.isoformat())), timestamp=timestamp)])
    assert [line.updated_at for line in store.mappings.values()] == [NOW]


async def test_the_days_of_a_batch_are_made_before_it_and_only_once(recorder: Recorder, store: Fussy) -> None:
    late = Record(body(a_result(at=NOW - timedelta(days=5))))
    await recorder.results([late])
    await recorder.results([late, Record(body(a_result(at=NOW)))])
    assert store.backs == [5]


async def test_updates_are_recorded_and_bad_ones_set_aside(recorder: Recorder, store: Fussy, sent: Sent) -> None:
    await recorder.updates([Record(body(an_update()), 0, "contact.updated"), Record(b"[]", 1, "contact.updated")])
    assert len(store.mappings) == 1
    assert sent.reasons == [(1, DeadReason.INVALID_MESSAGE)]
