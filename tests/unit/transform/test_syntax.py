"""Which expressions a worker refuses to compile, and what it says."""

import pytest

from connector_executor.transform.engines import Engines
from connector_executor.transform.wire import Answer, Request
from connectors_shared.definition.transforms import MAX_EXPRESSION_BYTES


def the_answer(expression: str) -> Answer:
    return Engines(8, 10_000).answer(Request(expression, b'{"a": {"b": "b"}}', None, 10.0))


@pytest.mark.parametrize(
    "expression", ["a.b", "$map([1], function($x) { $x * 2 })", '$eval("1")', "$replace(a.b, /b/, 'c')"]
)
def test_an_expression_of_the_language_is_accepted(expression: str) -> None:
    assert the_answer(expression).code == ""


def test_a_syntax_error_names_its_place() -> None:
    refused = the_answer('{"a": b')
    assert refused.code == "syntax"
    assert "at character 7" in refused.message


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "a b",
        "(" * 10_000 + "a" + ")" * 10_000,
        "a" * (MAX_EXPRESSION_BYTES + 1),
        "é" * (MAX_EXPRESSION_BYTES // 2 + 1),
        "-" * 30_000 + "1",
    ],
    ids=["empty", "two names", "nested", "long", "long in bytes", "signs"],
)
def test_what_cannot_be_evaluated_is_refused(expression: str) -> None:
    refused = the_answer(expression)
    assert refused.value is None
    assert refused.code in {"syntax", "U1001"}
    assert len(refused.message) < 300
