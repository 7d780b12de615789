"""How deep JSON is, told by its bytes."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors_shared.contract.nesting import is_deeper

TEXTS = st.text('[]{}"\\ab\n', max_size=4)
JSON = st.recursive(
    TEXTS | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)


def levels_of(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    parts = value.values() if isinstance(value, dict) else value
    return 1 + max(map(levels_of, parts), default=0)


@given(JSON)
@example({"[": ["\n"], "": [[]]})
@example(['"[', '\\"', "\\", ["]"]])
@example([[[]] * 300, [[[]]]])
def test_it_is_deeper_than_what_it_has_less_one_and_no_deeper_than_what_it_has(value: Any) -> None:
    text, levels = json.dumps(value, ensure_ascii=False).encode(), levels_of(value)
    assert not is_deeper(text, levels)
    assert levels == 0 or is_deeper(text, levels - 1)


@pytest.mark.parametrize("piece", [b'"[[[[",', b'"\\"[",', b'"\\\\",[],', b"[[[]]],", b'{"a":{}},'])
def test_what_is_wide_is_not_deep(piece: bytes) -> None:
    assert not is_deeper(b"[" + piece * 10_000 + b"[[[]]]]", 4)
    assert is_deeper(b"[" + piece * 10_000 + b"[[[]]]]", 3)


def test_hundreds_of_thousands_of_levels_are_counted_without_a_stack() -> None:
    assert is_deeper(b"[" * 400_000 + b"]" * 400_000, 399_999)
    assert not is_deeper(b"[" * 400_000 + b"]" * 400_000, 400_000)
