"""Every promise of the ledger can be seen to be broken, and is not when it is kept."""

from collections.abc import Callable

import pytest

from tests.soak.cast import ROLES
from tests.soak.checks import CHECKS, violations_of
from tests.soak.history import Call, Claim, Exit, Fault, History, Lag, Message, Position
from tests.unit.soak.histories import (
    CONTACT,
    a_call,
    a_history,
    a_message,
    a_pulsing_history,
    a_result,
    an_update,
)

RETRYABLE = {"type": "http_error", "retryable": True}
UNKNOWN = {"type": "outcome_unknown"}
KILL = Fault("kill", "executor-1", 100.0, 102.0)
Broken = tuple[str, History]


def broken_promises(history: History) -> set[str]:
    return {violation.promise for violation in violations_of(history)}


@pytest.mark.parametrize("role", [role.name for role in ROLES])
def test_a_history_in_which_all_went_well_breaks_nothing(role: str) -> None:
    assert broken_promises(a_history(role, "a", "b", contact_id=CONTACT)) == set()


def no_result() -> Broken:
    history = a_history()
    history.results.clear()
    return "an outcome for every id", history


def two_outcomes() -> Broken:
    history = a_history()
    history.results.append(a_result("a", 1, error=UNKNOWN))
    return "one outcome per id", history


def an_outcome_for_nobody() -> Broken:
    history = a_history()
    history.results.append(a_result("z", 1))
    return "an outcome only for what was asked", history


def a_write_called_twice() -> Broken:
    history = a_history()
    history.calls.append(a_call(history.asked["a"], 20.0))
    return "no write twice", history


def a_write_called_twice_that_nobody_waited_for() -> Broken:
    history = a_history()
    history.results = [a_result("a", error=UNKNOWN)]
    history.calls = [a_call(history.asked["a"], at, status=None) for at in (10.0, 20.0)]
    return "no write twice", history


def another_key() -> Broken:
    history = a_history("keyed write")
    history.calls.append(a_call(history.asked["a"], 20.0, key="other"))
    return "one idempotency key per id", history


def success_without_a_call() -> Broken:
    history = a_history()
    history.calls.clear()
    return "success only after a call", history


def called_not_done(error: dict[str, object]) -> Callable[[], Broken]:
    def broken() -> Broken:
        history = a_history("failing write")
        history.results = [a_result("a", error=error)]
        return "nothing is called not done that was", history

    return broken


def a_read_that_is_unknown() -> Broken:
    history = a_history("read")
    history.results = [a_result("a", error=UNKNOWN)]
    return "no failure without a cause", history


def a_write_that_failed() -> Broken:
    history = a_history()
    history.results = [a_result("a", error={"type": "transform_failed"})]
    return "no failure without a cause", history


def a_burst(calls: int, within: float) -> Callable[[], Broken]:
    def broken() -> Broken:
        history = a_history("write per second", *map(str, range(calls)))
        asked = history.asked.values()
        history.calls = [a_call(one, 10 + number * within / calls) for number, one in enumerate(asked)]
        return "the rate holds", history

    return broken


def too_many_at_once() -> Broken:
    history = a_history("write four at once", *map(str, range(5)))
    history.calls = [a_call(one, 10.0, ended=10.7) for one in history.asked.values()]
    return "the number at once holds", history


def an_older_value() -> Broken:
    history = a_history("read", "old", "new", contact_id=CONTACT)
    history.contacts[CONTACT]["notes"] = "value of old"
    return "contacts hold the newest value", history


def no_contact() -> Broken:
    history = a_history("read", contact_id=CONTACT)
    history.contacts.clear()
    return "contacts hold the newest value", history


def no_announcement() -> Broken:
    history = a_history("read", contact_id=CONTACT)
    history.updates.clear()
    return "every mapped result is announced", history


def another_announcement() -> Broken:
    history = a_history("read", contact_id=CONTACT)
    history.updates.append(an_update("a", 1, at=5))
    return "an update is announced the same again", history


def announced_out_of_order() -> Broken:
    history = a_history("read", "old", "new", contact_id=CONTACT)
    history.updates = [an_update("new", 0, at=1), an_update("old", 1, at=0)]
    return "updates come in order", history


def a_dead_letter_of_a_good_message() -> Broken:
    history = a_history()
    history.dead.append(a_message("connector.execute.dead", 0, {"executionId": "a"}))
    return "dead letters only for poison", history


def a_dead_result() -> Broken:
    history = a_history()
    history.poison = {"poison 0": b"{"}
    history.dead = [Message(topic, 0, 0, 1.0, b"{") for topic in ("connector.execute.dead", "connector.result.dead")]
    return "dead letters only for poison", history


def poison_that_is_gone() -> Broken:
    history = a_history()
    history.poison = {"poison 0": b"{"}
    return "poison is set aside", history


def an_offset_behind() -> Broken:
    history = a_history()
    history.positions.append(Position("connectors-executor", 1, 6, 7))
    return "every partition is read to its end", history


def no_offsets() -> Broken:
    history = a_history()
    history.positions.clear()
    return "every partition is read to its end", history


def an_end(exit_: Exit, promise: str = "nobody ends by himself") -> Callable[[], Broken]:
    def broken() -> Broken:
        history = a_history()
        history.faults = [Fault("kafka-hang", "", 100.0, 110.0)]
        history.exits = [exit_]
        return promise, history

    return broken


def ready_without_kafka() -> Broken:
    history = a_history()
    history.claims = [Claim("executor-1", 50.0, True, "kafka")]
    return "who cannot work does not say that he is ready", history


def recovered_late(answered_at: float | None) -> Callable[[], Broken]:
    return lambda: ("work goes on after a fault", a_pulsing_history(answered_at=answered_at, fault=KILL))


BROKEN: dict[str, Callable[[], Broken]] = {
    "no result": no_result,
    "two outcomes": two_outcomes,
    "an outcome for nobody": an_outcome_for_nobody,
    "a write called twice": a_write_called_twice,
    "a write called twice that nobody waited for": a_write_called_twice_that_nobody_waited_for,
    "another idempotency key": another_key,
    "success without a call": success_without_a_call,
    "called retryable, and done": called_not_done(RETRYABLE),
    "called backlog_full, and done": called_not_done({"type": "backlog_full"}),
    "called upstream_unavailable, and done": called_not_done({"type": "upstream_unavailable"}),
    "called connection_failed, and done": called_not_done({"type": "connection_failed"}),
    "a read that is unknown": a_read_that_is_unknown,
    "a write that failed": a_write_that_failed,
    "a burst": a_burst(14, within=0.1),
    "a rate": a_burst(140, within=9.0),
    "too many at once": too_many_at_once,
    "an older value": an_older_value,
    "no contact": no_contact,
    "no announcement": no_announcement,
    "another announcement": another_announcement,
    "announced out of order": announced_out_of_order,
    "a dead letter of a good message": a_dead_letter_of_a_good_message,
    "a dead result": a_dead_result,
    "poison that is gone": poison_that_is_gone,
    "an offset behind": an_offset_behind,
    "no offsets": no_offsets,
    "an end without a fault": an_end(Exit("executor-1", 50.0, 70, "", ready=False)),
    "an end of one that had been ready": an_end(Exit("executor-1", 105.0, 70, "", ready=True)),
    "an end by a signal of nobody": an_end(Exit("mapper-1", 50.0, -11, "", ready=True)),
    "a stop that was not in order": an_end(
        Exit("executor-1", 50.0, 70, "stop", ready=True), "a stop ends in order and in time"
    ),
    "a stop that took too long": an_end(
        Exit("executor-1", 50.0, -9, "stop", ready=True), "a stop ends in order and in time"
    ),
    "ready without Kafka": ready_without_kafka,
    "recovered late": recovered_late(KILL.ended + 90),
    "never recovered": recovered_late(None),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_seen(name: str) -> None:
    promise, history = BROKEN[name]()
    assert promise in broken_promises(history)


def test_every_check_has_a_history_that_breaks_it() -> None:
    histories = [make()[1] for make in BROKEN.values()]
    assert [check.__name__ for check in CHECKS if not any(check(history) for history in histories)] == []


def test_the_same_outcome_again_is_a_repeat() -> None:
    history = a_history(contact_id=CONTACT)
    history.results.append(a_result("a", 1))
    history.updates.append(an_update("a", 1))
    assert broken_promises(history) == set()


def test_a_refused_write_may_be_called_again() -> None:
    history = a_history()
    history.calls.insert(0, a_call(history.asked["a"], 5.0, status=429, done=False))
    assert broken_promises(history) == set()


@pytest.mark.parametrize("role", ["read", "keyed write"])
def test_what_may_be_repeated_may_be_called_again(role: str) -> None:
    history = a_history(role)
    history.calls.append(a_call(history.asked["a"], 20.0))
    assert broken_promises(history) == set()


def test_a_write_whose_answer_nobody_saw_may_be_unknown() -> None:
    history = a_history()
    history.results = [a_result("a", error=UNKNOWN)]
    history.calls = [a_call(history.asked["a"], 10.0, status=None)]
    assert broken_promises(history) == set()


def test_what_was_refused_may_be_called_not_done() -> None:
    history = a_history("failing write")
    history.results = [a_result("a", error=RETRYABLE)]
    history.calls = [a_call(history.asked["a"], 10.0, status=503, done=False)]
    assert broken_promises(history) == set()


def test_a_burst_that_jitter_explains_is_none() -> None:
    _, history = a_burst(13, within=0.9)()
    assert broken_promises(history) == set()


def test_a_burst_that_the_upstream_made_itself_is_none() -> None:
    _, history = a_burst(14, within=0.1)()
    history.lags = [Lag(10.05, 0.3)]
    assert broken_promises(history) == set()


def test_calls_that_overlap_for_a_moment_are_not_at_once() -> None:
    _, history = too_many_at_once()
    *most, last = history.calls
    history.calls = [*most, Call(last.id, last.connector, 10.6, 11.3, 200, done=True)]
    assert broken_promises(history) == set()


@pytest.mark.parametrize("asked", ["kill", "stop"])
def test_our_own_signals_are_no_fault_of_a_process(asked: str) -> None:
    history = a_history()
    history.exits = [Exit("executor-1", 50.0, {"kill": -9, "stop": 0}[asked], asked, ready=True)]
    assert broken_promises(history) == set()


def test_a_process_may_be_stopped_before_it_listens() -> None:
    history = a_history()
    history.exits = [Exit("executor-1", 50.0, -15, "stop", ready=False)]
    assert broken_promises(history) == set()
    history.exits = [Exit("executor-1", 50.0, -15, "stop", ready=True)]
    assert broken_promises(history) == {"a stop ends in order and in time"}


def test_a_start_may_fail_while_a_server_is_away() -> None:
    _, history = an_end(Exit("executor-1", 105.0, 2, "", ready=False))()
    assert "nobody ends by himself" not in broken_promises(history)


def test_a_recovery_is_counted_from_the_last_fault_that_came_into_it() -> None:
    history = a_pulsing_history(answered_at=KILL.ended + 90, fault=KILL)
    history.faults.append(Fault("flushall", "", KILL.ended + 50, KILL.ended + 50))
    assert "work goes on after a fault" not in {v.promise for v in violations_of(history) if v.subject == "kill"}


def test_any_of_two_values_that_finished_together_may_hold() -> None:
    for value in ("value of a", "value of b"):
        history = a_history("read", "a", "b", contact_id=CONTACT)
        history.results = [a_result("a", 0), a_result("b", 1)]
        history.contacts[CONTACT]["notes"] = value
        assert broken_promises(history) == set()
