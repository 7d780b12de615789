"""Integers beyond 2^53 in an expression that a worker evaluates: nothing rounds them."""

from typing import Any

import msgspec
import pytest

from connector_executor.transform.engines import Engines
from connector_executor.transform.wire import Request

DOCUMENT = (
    b'{"id": 9007199254740993, "near": 9007199254740992, "ids": [9007199254740993, 9007199254740992, 1],'
    b'"text": "9007199254740993", "people":'
    b'[{"id": 9007199254740993, "name": "a"}, {"id": 9007199254740992, "name": "b"}],'
    b'"wide": 123456789012345678901, "odd": 9007199254740995, "half": 9007199254740993.0}'
)
EXPECTED: dict[str, Any] = {
    # compared
    "id = near": False,
    "id != near": True,
    "id > near": True,
    "near >= id": False,
    "id = 9007199254740993": True,
    "id = 9007199254740992": False,
    "9007199254740993 = 9007199254740992": False,
    "-9007199254740993 < -9007199254740992": True,
    "-id = -near": False,
    "[id] = [near]": False,
    "id in [near]": False,
    "id in ids": True,
    "$distinct([id, near, id])": [9007199254740993, 9007199254740992],
    # looked up
    "people[id = 9007199254740992].name": "b",
    "people[id = $$.id].name": "a",
    "people[id > $$.near].name": "a",
    "$filter(people, function($p) { $p.id = 9007199254740993 }).name": "a",
    "people^(id).name": ["b", "a"],
    "$sort(ids)": [1, 9007199254740992, 9007199254740993],
    # reduced
    "$reduce(ids, function($a, $b) { $a + $b })": 18014398509481986,
    "$sum(ids)": 18014398509481986,
    "$max(ids)": 9007199254740993,
    "$min([id, near])": 9007199254740992,
    "$average([id, odd])": 9007199254740994,
    "id + 1": 9007199254740994,
    "id - near": 1,
    "id * 3": 27021597764222979,
    "(id * 3) / 3": 9007199254740993,
    "id % 10": 3,
    "-id % 10": -3,
    "-id": -9007199254740993,
    "$abs(-id)": 9007199254740993,
    "$floor(id)": 9007199254740993,
    "$ceil(id)": 9007199254740993,
    "$round(id)": 9007199254740993,
    "$round(id, 2)": 9007199254740993,
    "$round(id, -1)": 9007199254740990,
    "$number(text)": 9007199254740993,
    "$number(text) = id": True,
    "$number(id)": 9007199254740993,
    # formatted
    "$string(id)": "9007199254740993",
    "$string({'id': [id]})": '{"id":[9007199254740993]}',
    "'/' & id": "/9007199254740993",
    "'/' & (id + 1)": "/9007199254740994",
    "'/' & 9007199254740993": "/9007199254740993",
    "$formatBase(id, 16)": "20000000000001",
    "$formatBase(id)": "9007199254740993",
    "$formatNumber(id, '#,##0')": "9,007,199,254,740,993",
    "$formatNumber(id, '0.00')": "9007199254740993.00",
    "$formatInteger(id, '#,##0')": "9,007,199,254,740,993",
    "$formatInteger(id, '0')": "9007199254740993",
    "[9007199254740993]": [9007199254740993],
    "wide": 123456789012345678901,
    "wide & ''": "123456789012345678901",
    "wide - 1": 123456789012345678900,
}
WITHOUT_A_WIDE_DOCUMENT: dict[str, Any] = {
    "9007199254740993": 9007199254740993,
    "9007199254740993 = 9007199254740992": False,
    "-9007199254740993": -9007199254740993,
    "'/' & 9007199254740993": "/9007199254740993",
    "$number('9007199254740993')": 9007199254740993,
    "$number(text)": 9007199254740993,
    "$number(deep.text)": 9007199254740993,
    "$map(texts, $number)": [9007199254740993, 1],
    "texts.$number()": [9007199254740993, 1],
}


def answered(expression: str, document: bytes) -> Any:
    answer = Engines(8, 10_000).answer(Request(expression, document, None, 10.0))
    assert answer.value is not None, answer.message
    return msgspec.json.decode(answer.value)


@pytest.mark.parametrize(("expression", "expected"), EXPECTED.items(), ids=EXPECTED.keys())
def test_integers_stay_exact(expression: str, expected: Any) -> None:
    found = answered(expression, DOCUMENT)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("expression", "expected"), WITHOUT_A_WIDE_DOCUMENT.items(), ids=WITHOUT_A_WIDE_DOCUMENT.keys()
)
def test_integers_of_the_expression_and_of_texts_stay_exact(expression: str, expected: Any) -> None:
    document = b'{"text": "9007199254740993", "deep": {"text": "9007199254740993"}, "texts": ["9007199254740993", "1"]}'
    assert answered(expression, document) == expected


def test_numbers_do_not_grow_without_end() -> None:
    answer = Engines(8, 10_000).answer(
        Request("($f := function($x, $n) { $n = 0 ? $x : $f($x * $x, $n - 1) }; $f(id, 40))", DOCUMENT, None, 10.0)
    )
    assert answer.code == "D1001"


@pytest.mark.parametrize("expression", ["id / 0", "id % 0", "id + 'x'", "-text", "id < text"])
def test_what_cannot_be_computed_fails_as_ever(expression: str) -> None:
    answer = Engines(8, 10_000).answer(Request(expression, DOCUMENT, None, 10.0))
    assert answer.value is None
    assert answer.code[0] in "DT"
