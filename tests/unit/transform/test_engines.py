"""Which engine answers inside a worker, and what it answers."""

from typing import Any

import msgspec
import pytest

from connector_executor.transform.engines import Engines
from connector_executor.transform.wire import Answer, Request

WIDE = 9007199254740993


def answer(expression: str, document: Any = None, *, max_result_bytes: int = 1000, **bindings: Any) -> Answer:
    body = document if isinstance(document, bytes) else msgspec.json.encode(document)
    encoded = msgspec.json.encode(bindings) if bindings else None
    return Engines(8, max_result_bytes).answer(Request(expression, body, encoded, 1.0))


def value(expression: str, document: Any = None, **bindings: Any) -> Any:
    result = answer(expression, document, **bindings)
    assert result.value is not None, result.message
    return msgspec.json.decode(result.value)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$distinct(ids)", [WIDE, 1]),
        ('{"id": $reverse(ids)}', {"id": [1, WIDE, WIDE]}),
        ("$string(ids[0])", "9007199254740993"),
        ("'/users/' & ids[0]", "/users/9007199254740993"),
        ('{"é": ids} & ""', '{"é":[9007199254740993,9007199254740993,1]}'),
        ("$map(ids, function($i) { $i })", [WIDE, WIDE, 1]),
    ],
)
def test_integers_of_any_width_stay_exact(expression: str, expected: Any) -> None:
    assert value(expression, {"ids": [WIDE, WIDE, 1]}) == expected


def test_integers_of_bindings_stay_exact() -> None:
    assert value("$id", {}, id=WIDE) == WIDE


def test_a_wide_integer_that_is_not_read_leaves_the_engine_as_it_is() -> None:
    """`%` of a fraction tells the engines apart: jsonata-python gives 1."""
    assert value("x % 2", {"x": 5.5, "id": WIDE, "card": "1234567890123456"}) == 1.5
    assert value("items.x % 2", {"items": [{"x": 5.5, "id": WIDE}]}) == 1.5


def test_digits_in_text_are_not_a_wide_integer() -> None:
    assert value("[card, x % 2]", {"x": 5.5, "card": "1234567890123456"}) == ["1234567890123456", 1.5]


@pytest.mark.parametrize("document", [{"a": 1}, {"a": WIDE}])
def test_functions_never_reach_the_result(document: Any) -> None:
    assert value("a > 0 ? $sum", document) is None
    assert value('{"f": $sum, "g": [a > 0 ? $sum, 1]}', document) == {"g": [None, 1]}


@pytest.mark.parametrize("expression", ["1/0", "$power(10, 400)", "a.$power(10, 400)", "-1/0", "$sqrt(-1)"])
@pytest.mark.parametrize("number", [1, WIDE])
def test_no_number_beyond_json_reaches_the_result(expression: str, number: int) -> None:
    result = answer(f"[a, {expression}]", {"a": number})
    assert result.value is None
    assert result.code.startswith("D")


def test_what_is_not_a_number_is_null_as_in_javascript() -> None:
    assert value("[a, 0/0]", {"a": 1}) == [1, None]


@pytest.mark.parametrize("number", [1, WIDE])
def test_an_escaped_character_beyond_16_bits_is_one_character(number: int) -> None:
    assert value(r'{"\ud83d\ude00": a > 0 ? "\ud83d\ude00"}', {"a": number}) == {"😀": "😀"}


@pytest.mark.parametrize("number", [1, WIDE])
def test_whole_numbers_have_no_fraction(number: int) -> None:
    assert answer("[a * 0 + 2.0, 1.5, b]", b'{"a": %d, "b": 3.0}' % number).value == b"[2,1.5,3]"


@pytest.mark.parametrize("number", [1, WIDE])
def test_a_result_beyond_the_limit_is_refused(number: int) -> None:
    result = answer("[a, text]", {"a": number, "text": "x" * 600}, max_result_bytes=500)
    assert result.code == "result_too_large"


@pytest.mark.parametrize("body", [b'{"a":', b"\xff", b'{"a": "\\ud800"}', b'{"a": NaN}', b'{"a": 1e999}'])
def test_a_document_that_is_not_json_is_a_failure(body: bytes) -> None:
    assert answer("a", body).code == "invalid_document"


def test_no_document_is_not_null() -> None:
    assert value("$type($)", b"null") == "null"
    assert answer("$type($)", b"").value == b"null"


@pytest.mark.parametrize("expression", ["a[", "a" * 40_000])
def test_an_expression_that_does_not_parse_is_a_syntax_failure(expression: str) -> None:
    assert answer(expression, {}).code == "syntax"


@pytest.mark.parametrize("number", [1, WIDE])
def test_an_assignment_does_not_survive_its_evaluation(number: int) -> None:
    engines = Engines(8, 1000)
    for document, expected in [({"n": number, "s": "A"}, b'"A"'), ({"n": number, "t": 1}, b"null")]:
        request = Request("($x := s ? s : $x; n > 0 ? $x)", msgspec.json.encode(document), None, 1.0)
        assert engines.answer(request).value == expected


@pytest.mark.parametrize("number", [1, WIDE])
def test_a_runaway_recursion_leaves_the_expression_usable(number: int) -> None:
    engines = Engines(8, 1000)
    expression = "($f := function($x) { $x = 0 ? n : 0 * $f($x - 1) + n }; $f(depth))"

    def run(depth: int) -> Answer:
        return engines.answer(Request(expression, msgspec.json.encode({"n": number, "depth": depth}), None, 2.0))

    assert run(100_000).code == "D1011"
    assert run(2).value is not None


def test_the_clock_moves_between_evaluations() -> None:
    engines = Engines(8, 1000)
    slow = "($sum([1..3000].($ * 2)); $millis())"
    request = Request(slow, msgspec.json.encode({"a": WIDE}), msgspec.json.encode({"w": WIDE}), 5.0)
    times = [msgspec.json.decode(engines.answer(request).value or b"0", type=int) for _ in range(2)]
    engines.answer(Request("$now()", b"{}", b'{"w":9007199254740993}', 1.0))
    times.append(msgspec.json.decode(engines.answer(request).value or b"0", type=int))
    assert 0 < times[0] < times[1] < times[2]


def test_an_empty_list_of_the_document_stays_empty() -> None:
    assert value("[wide > 0 ? a, a.{}, a]", {"a": [[]], "wide": WIDE}) == [[], {}, []]
