"""Values are compared as people mean it, and nothing that a value is raises."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_local.flows.definition.conditions import compares, holds
from connectors_local.flows.definition.steps import All, Comparison, Not, Operator, Some

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("value", "operator", "than", "expected"),
    [
        (700, "at_least", "700", True),
        ("700.0", "equals", 700, True),
        ("0700", "equals", "700", False),
        (True, "equals", 1, False),
        (9, "greater", "10", False),
        ("b", "greater", "a", True),
        ("b", "at_most", "a", False),
        (None, "less", 1, False),
        ([1], "less", 1, False),
        ("Rome", "contains", "om", True),
        (["a", 2], "contains", "2", True),
        (5, "contains", "5", False),
        ("Rome", "starts_with", "Ro", True),
        ("CA", "one_of", ["NY", "CA"], True),
        ("CA", "one_of", "CA", False),
        (None, "is_empty", None, True),
        (0, "is_empty", None, False),
        ("", "is_not_empty", None, False),
        (False, "is_not_empty", None, True),
        ("x", "not_equals", "y", True),
    ],
)
def test_comparisons(value: Any, operator: str, than: Any, expected: bool) -> None:
    assert compares(value, Operator(operator), than) is expected


@given(JSON, st.sampled_from(list(Operator)), JSON)
def test_no_value_raises(value: Any, operator: Operator, than: Any) -> None:
    assert compares(value, operator, than) in (True, False)


def test_a_number_of_a_million_digits_is_not_read() -> None:
    assert compares("9" * 1_000_000, Operator.GREATER, 1) is False
    assert compares(10**5000, Operator.GREATER, 1) is False


def test_conditions_are_joined() -> None:
    yes, no = Comparison(value="{{input.a}}", than=1), Comparison(value="{{input.a}}", than=2)
    known = {"input": {"a": 1}}
    assert holds(All(all=[yes, Not.model_validate({"not": no})]), known)
    assert holds(Some(any=[no, yes]), known)
    assert not holds(All(all=[yes, no]), known)
