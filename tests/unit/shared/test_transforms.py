"""What is refused when a connector is saved."""

import pytest

from connectors_shared.definition.transforms import MAX_EXPRESSION_BYTES, syntax_error


@pytest.mark.parametrize(
    "expression", ["a.b", "$map(a, function($x) { $x * 2 })", '$eval("1")', "$replace(a, /b/, 'c')"]
)
def test_an_expression_of_the_language_is_accepted(expression: str) -> None:
    assert syntax_error(expression) is None


def test_a_syntax_error_names_its_place() -> None:
    assert "at character 7" in str(syntax_error('{"a": b'))


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "a b",
        "(" * 10_000 + "a" + ")" * 10_000,
        "a" * (MAX_EXPRESSION_BYTES + 1),
        "é" * (MAX_EXPRESSION_BYTES // 2 + 1),
        "-" * 30_000 + "1",
        "'\ud800'",
    ],
    ids=["empty", "two names", "nested", "long", "long in bytes", "signs", "half a surrogate pair"],
)
def test_what_cannot_be_evaluated_is_refused(expression: str) -> None:
    refused = syntax_error(expression)
    assert refused is not None
    assert len(refused) < 300
