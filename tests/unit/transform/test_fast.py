"""Evaluation in the caller's process."""

import time
from typing import Any

import pytest

from connector_executor.transform import Transformed, TransformFailure
from connector_executor.transform.fast import MAX_READ, FastPlan, FastPlans

MAPPING = """{
  "identity": identities[0].{
    "firstName": firstName, "lastName": lastName, "fullName": firstName & " " & lastName,
    "address": address, "city": city, "state": state, "zip": zip, "primaryPhone": phones[0].phone
  },
  "data": {
    "householdIncomeMidpoint": identities[0].data.householdIncomeMidpoint,
    "creditMidpoint": identities[0].data.creditMidpoint
  }
}"""
TWO_TO_53 = 2**53


def fast(expression: str, document: Any, max_result_bytes: int = 512 * 1024) -> Any:
    plan = FastPlans(16, max_result_bytes).find(expression)
    assert plan is not None
    return plan.run(document)


def test_the_mapping_of_the_specification_is_answered_here() -> None:
    document = {
        "identities": [
            {
                "firstName": "Ann",
                "lastName": "Lee",
                "city": "Springfield",
                "phones": [{"phone": "+12175550100"}, {"phone": "+12175550101"}],
                "data": {"householdIncomeMidpoint": 75000, "creditMidpoint": 712},
            }
        ]
    }
    assert fast(MAPPING, document) == Transformed(
        {
            "identity": {
                "firstName": "Ann",
                "lastName": "Lee",
                "fullName": "Ann Lee",
                "city": "Springfield",
                "primaryPhone": "+12175550100",
            },
            "data": {"householdIncomeMidpoint": 75000, "creditMidpoint": 712},
        }
    )


def test_an_undefined_result_is_none() -> None:
    assert fast("a.b", {"a": 1}) == Transformed(None)


def test_a_failing_expression_names_code_and_place() -> None:
    outcome = fast('price + "x"', {"price": 1})
    assert isinstance(outcome, TransformFailure)
    assert outcome.code == "T2002"
    assert "at character 7" in outcome.message


@pytest.mark.parametrize("number", [TWO_TO_53, -TWO_TO_53, 2**64, 1e20, float("inf"), float("nan")])
@pytest.mark.parametrize("expression", ["id", "$", "id & ''", "items.id", "items[id = 1]", '{"x": inner}'])
def test_a_number_that_the_engine_would_change_is_left_to_a_worker(number: float, expression: str) -> None:
    document = {"id": number, "items": [{"id": 1}, {"id": number}], "inner": {"deep": [number]}}
    assert fast(expression, document) is None


def test_a_wide_integer_that_is_not_read_does_not_matter() -> None:
    document = {"id": 2**60, "items": [{"id": 2**60, "name": "a"}], "name": "b"}
    assert fast('{"n": name, "m": items.name}', document) == Transformed({"n": "b", "m": "a"})


def test_a_computed_number_beyond_exact_integers_is_left_to_a_worker() -> None:
    assert fast("a * a", {"a": TWO_TO_53 - 1}) is None
    assert fast("$sum(a)", {"a": [TWO_TO_53 - 1, 2]}) is None


def test_a_document_of_which_too_much_is_read_is_left_to_a_worker() -> None:
    large = {"items": [{"id": number} for number in range(MAX_READ // 8)], "text": "x" * MAX_READ, "name": "a"}
    assert fast("$count(items)", large) is None
    assert fast("text", large) is None
    assert fast("name", large) == Transformed("a")


def test_a_result_beyond_the_limit_is_left_to_a_worker() -> None:
    assert fast("[a, a]", {"a": "x" * 100}, max_result_bytes=150) is None


def test_a_document_that_is_not_json_is_left_to_a_worker() -> None:
    assert fast("a", {"a": object()}) is None
    assert fast("a", None) is None


def test_a_deeply_nested_document_is_left_to_a_worker() -> None:
    document: dict[str, Any] = {"a": 1}
    for _ in range(5000):
        document = {"a": document}
    assert fast("$", document) is None


def test_the_document_is_not_changed_and_not_shared_with_the_result() -> None:
    document = {"a": {"b": [1]}}
    outcome = fast("a", document)
    outcome.value["b"].append(2)
    assert document == {"a": {"b": [1]}}


def test_plans_are_bounded_and_remember_refusals() -> None:
    plans = FastPlans(2, 1000)
    kept = plans.find("a")
    plans.find("$x")
    assert plans.find("a") is kept
    plans.find("b")
    assert plans.find("a") is kept
    assert plans.find("$x") is None
    assert plans.find("b") is not None


QUOTES = {"a": '"' * 30_000}
OBJECTS = {"a": [{"b": number, "c": '"' * 10} for number in range(700)]}
COSTLY = {
    "text that is escaped again and again": ('{"a":' * 30 + "a" + '} & ""' * 30, QUOTES),
    "text read often": ("[" + ",".join(["$length(a & a & a)"] * 20) + "]", QUOTES),
    "objects made text often": ("[" + ",".join(["$length($string($))"] * 60) + "]", OBJECTS),
    "objects given often": ("[" + ",".join(["a"] * 100) + "]", OBJECTS),
    "objects compared often": ("[" + ",".join(["$ = $"] * 60) + "]", OBJECTS),
    "objects rebuilt": ("a.{" + ",".join(f'"k{n}": b & c' for n in range(30)) + "}", OBJECTS),
    "items filtered often": ("[" + ",".join(["$count(a[b = 1 and c != 2])"] * 15) + "]", OBJECTS),
    "filters in filters": ("[" + ",".join(["$count(a[c[c[c[$ = $]]] or $ = $])"] * 8) + "]", OBJECTS),
    "long separator": ("[" + ",".join(["$length($join(a.c, b))"] * 30) + "]", OBJECTS | {"b": "y" * 10_000}),
}


@pytest.mark.parametrize(("expression", "document"), COSTLY.values(), ids=COSTLY.keys())
def test_the_worst_harmless_expression_holds_the_event_loop_only_briefly(expression: str, document: Any) -> None:
    plan = FastPlans(1, 512 * 1024).find(expression)
    assert plan is not None
    assert min(thread_seconds(plan, document) for _ in range(3)) < 0.05


def thread_seconds(plan: FastPlan, document: Any) -> float:
    before = time.thread_time()
    plan.run(document)
    return time.thread_time() - before
