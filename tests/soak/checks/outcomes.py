"""One outcome per id, no write twice, and nothing said that is not so."""

from typing import Any

from connectors_shared.contract.failure import BEFORE_THE_CALL, FailureType
from tests.soak.history import Asked, Call, History, Message, Violation

NOT_DONE = frozenset(type_.value for type_ in BEFORE_THE_CALL) | {
    FailureType.CONNECTION_FAILED.value,
    "upstream_unavailable",
}
UNKNOWN = FailureType.OUTCOME_UNKNOWN.value


def one_outcome(history: History) -> list[Violation]:
    """Every id has results, they are the same bytes, and nobody else has any."""
    found = []
    for id_, asked in history.asked.items():
        results = history.results_of.get(id_, [])
        if not results:
            found.append(Violation("an outcome for every id", id_, f"none; asked at {asked.places}"))
        elif len({result.value for result in results}) > 1:
            said = ", ".join(f"{outcome_of(result)} at {result.place}" for result in results)
            found.append(Violation("one outcome per id", id_, said + _between(history, [r.seen for r in results])))
    strangers = [result for result in history.results if result.id not in history.asked]
    return found + [Violation("an outcome only for what was asked", s.id, s.place) for s in strangers]


def writes_once(history: History) -> list[Violation]:
    """A write that may have had its effect is not called again; with a key, every call has the same one."""
    found = []
    for id_, asked in history.asked.items():
        calls = history.calls_of.get(id_, [])
        if asked.connector.is_write and sum(call.done for call in calls) > 1:
            said = "; ".join(map(_shown, calls)) + _between(history, [call.started for call in calls])
            found.append(Violation("no write twice", id_, said))
        if asked.connector.role.keyed and {call.key for call in calls} - {id_}:
            found.append(Violation("one idempotency key per id", id_, ", ".join(str(call.key) for call in calls)))
    return found


def honest_outcomes(history: History) -> list[Violation]:
    return [
        violation
        for id_, results in history.results_of.items()
        if (asked := history.asked.get(id_))
        for violation in _dishonest(asked, results[0], history.calls_of.get(id_, []))
    ]


def _dishonest(asked: Asked, result: Message, calls: list[Call]) -> list[Violation]:
    """What the first result says against what the upstream knows."""
    done = [call for call in calls if call.done]
    error = error_of(result)
    if succeeded(result):
        return [] if done else [Violation("success only after a call", asked.id, f"never called; {result.place}")]
    if asked.connector.is_write and done and (error.get("type") in NOT_DONE or error.get("retryable")):
        detail = f"{outcome_of(result)} at {result.place}, but {_shown(done[0])}"
        return [Violation("nothing is called not done that was", asked.id, detail)]
    if asked.connector.role.steady and not (asked.connector.is_write and error.get("type") == UNKNOWN):
        detail = f"{outcome_of(result)} at {result.place}; {asked.connector.role.name}, {len(calls)} calls"
        return [Violation("no failure without a cause", asked.id, detail)]
    return []


def succeeded(result: Message) -> bool:
    return result.body.get("success") is True


def error_of(result: Message) -> dict[str, Any]:
    return result.body.get("error") or {}


def outcome_of(result: Message) -> str:
    """`success`, or the failure's type and whether it says that it may be tried again."""
    if succeeded(result):
        return "success"
    error = error_of(result)
    return f"{error.get('type')}{' (retryable)' if error.get('retryable') else ''}"


def _between(history: History, times: list[float]) -> str:
    """Which faults there were from the first of these moments to the last: a hint, not a cause."""
    kinds = [f.kind for f in history.faults if f.began <= max(times) and f.ended >= min(times)]
    return f"; meanwhile {', '.join(kinds) or 'no fault'}"


def _shown(call: Call) -> str:
    return f"called at {call.started:.3f} s, answered {call.status} after {call.ended - call.started:.3f} s"
