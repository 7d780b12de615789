"""Evaluation in the caller's process."""

from typing import Any

import pytest

from connector_executor.transform import Transformed
from connector_executor.transform.inline import Plans

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
    plan = Plans(16, max_result_bytes).find(expression)
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


@pytest.mark.parametrize(
    "expression",
    ['price + "x"', "price.$uppercase($)", "$sum(name)", "name < price", "-name", "{price: 1}", "1/0", "1%0"],
)
def test_an_expression_that_fails_is_left_to_a_worker(expression: str) -> None:
    """Its engine names code and place."""
    assert fast(expression, {"price": 1, "name": "a"}) is None


@pytest.mark.parametrize("number", [TWO_TO_53, -TWO_TO_53, 2**64])
def test_a_wide_integer_is_passed_on_as_it_is(number: int) -> None:
    document = {"id": number, "items": [{"id": 1}, {"id": number}], "inner": {"deep": [number]}}
    assert fast("id", document) == Transformed(number)
    assert fast("items.id", document) == Transformed([1, number])
    assert fast("{'x': inner, 'p': '/' & id}", document) == Transformed({"x": {"deep": [number]}, "p": f"/{number}"})
    assert fast("$string([id])", document) == Transformed(f"[{number}]")


@pytest.mark.parametrize("number", [TWO_TO_53, -TWO_TO_53, 2**64, 1e20])
@pytest.mark.parametrize(
    "expression",
    ["id + 1", "id = 1", "items[id = 1]", "items^(id)", "$max(items.id)", "id in [1]", "inner = inner", "-id"],
)
def test_a_wide_integer_is_not_computed_with(expression: str, number: float) -> None:
    document = {"id": number, "items": [{"id": 1}, {"id": number}], "inner": {"deep": [number]}}
    assert fast(expression, document) is None


@pytest.mark.parametrize("number", [10**21, 1e20, 1e300, float("inf"), float("nan")])
@pytest.mark.parametrize("expression", ["id", "$", "id & ''", "[id]", '{"x": id}'])
def test_a_number_that_is_written_with_an_exponent_is_left_to_a_worker(number: float, expression: str) -> None:
    assert fast(expression, {"id": number}) is None


@pytest.mark.parametrize("number", [1e-7, 1.5e-9])
def test_a_fraction_that_is_written_with_an_exponent_is_left_to_a_worker(number: float) -> None:
    assert fast("id & ''", {"id": number}) is None
    assert fast("id", {"id": number}) == Transformed(number)


def test_a_wide_integer_that_is_not_read_does_not_matter() -> None:
    document = {"id": 2**60, "items": [{"id": 2**60, "name": "a"}], "name": "b"}
    assert fast('{"n": name, "m": items.name}', document) == Transformed({"n": "b", "m": "a"})


def test_a_computed_number_beyond_exact_integers_is_left_to_a_worker() -> None:
    assert fast("a * a", {"a": TWO_TO_53 - 1}) is None
    assert fast("$sum(a)", {"a": [TWO_TO_53 - 1, 2]}) is None


def test_a_document_of_which_too_much_is_read_is_left_to_a_worker() -> None:
    large = {"items": [{"id": number} for number in range(20_000)], "text": "x" * 1_000_000, "name": "a"}
    assert fast("$sum(items.id)", large) is None
    assert fast("text & text", large) is None
    assert fast("name", large) == Transformed("a")
    assert fast("$count(items)", large) == Transformed(20_000)


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


@pytest.mark.parametrize(
    "expression",
    ["a", "$", "a[]", "$append(a.b, 2)", "$merge([a, {'c': 1}])", "a{'k': b}", "$sort(n)", "n^($)", "[n, n]"],
)
def test_the_document_is_not_changed(expression: str) -> None:
    document = {"a": {"b": [1.0]}, "n": [3, 1.0, 2]}
    assert fast(expression, document) is not None
    assert repr(document) == "{'a': {'b': [1.0]}, 'n': [3, 1.0, 2]}"


def test_plans_are_bounded_and_remember_refusals() -> None:
    plans = Plans(2, 1000)
    kept = plans.find("a")
    plans.find("$x")
    assert plans.find("a") is kept
    plans.find("b")
    assert plans.find("a") is kept
    assert plans.find("$x") is None
    assert plans.find("b") is not None
