"""A path that may be saved can be evaluated; one that cannot be read is refused by both, whoever asks."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonpath.filter import FilterQuery

from connectors_shared.definition.paths.review import path_error
from connectors_shared.definition.paths.words import MOST_WORDS, words_of
from field_mapper.selection import ABSENT, InvalidPathError, renew_budget, select

DOCUMENT = {"a": [{"b": "x", "c": [1, 2]}, {"b": "y"}], "0": {"a": None}}
PIECES = st.sampled_from(
    [
        *("$", ".", "..", "a", "b", "[0]", "[*]", "[?", "@", "@.b", "==", "'x'", '"', "'", "]", "[", "(", ")", "!"),
        *("&&", "||", "match(@.b, 'x')", "search(@.b, '[')", "length(@.c)", "> 1", "[-1:]", "1e999", " ", "*", "[,"),
        *("\\u0041", "é"),
    ]
)
PATHS = st.lists(PIECES, max_size=8).map("".join)
JSONPATHS = PATHS.map("$".__add__)
FILTERS = PATHS.map(lambda inside: f"$.a[?{inside}]")


def deeper(frames: int, call: Callable[[], Any]) -> Any:
    return call() if frames == 0 else deeper(frames - 1, call)


def refusal(path: str) -> str | None:
    renew_budget()
    try:
        select(path, DOCUMENT)
    except InvalidPathError as error:
        return str(error)
    return None


@given(PATHS | JSONPATHS | FILTERS)
def test_what_may_be_saved_can_be_evaluated(path: str) -> None:
    if path_error(path) is None:
        assert refusal(path) is None


@given(PATHS | JSONPATHS | FILTERS)
def test_what_cannot_be_evaluated_may_not_be_saved(path: str) -> None:
    if refusal(path) is not None:
        assert path_error(path) is not None


@pytest.mark.parametrize(
    "path",
    [
        "$[?" + "(" * 40 + "@.a" + ")" * 40 + "]",
        "$" + "[?@" * 40 + "]" * 40,
        "$[?" + "!" * 40 + "@.a]",
        "$[')))))))))))))))))))))']" + "[?@" * 40 + "]" * 40,
        "$[?" + "&&".join(["@"] * 101) + "]",
        "$" + "[*]" * 67,
        "a" * 1001,
        "$." + "a" * 1001,
    ],
    ids=lambda path: path[:12],
)
def test_there_is_a_ceiling_that_does_not_depend_on_who_asks(path: str) -> None:
    near, far = path_error(path), deeper(500, lambda: path_error(path))
    assert near is not None
    assert near == far == refusal(path)


def test_what_is_nested_as_deep_as_is_allowed_is_read_from_anywhere() -> None:
    path = "$[?" + "(" * 31 + "@.b" + ")" * 31 + "]"
    assert path_error(path) is None
    assert deeper(500, lambda: path_error(path)) is None
    assert select(path, DOCUMENT) is ABSENT


@pytest.mark.parametrize("pattern", ["[", "a{", "(" * 200 + ")" * 200, "\\\\q"])
def test_a_pattern_that_selects_nothing_whatever_comes_is_told_when_it_is_saved(pattern: str) -> None:
    path = f"$.a[?search(@.b, '{pattern}')]"
    assert "pattern of search()" in str(path_error(path))


def test_a_path_of_the_most_words_is_read() -> None:
    path = "$[?" + "&&".join(["@"] * 98) + "]"
    assert words_of(path) == MOST_WORDS - 1
    assert path_error(path) is refusal(path) is None


@pytest.mark.parametrize("read", [path_error, refusal])
def test_a_filter_inside_a_filter_does_not_double_what_reading_costs(
    read: Callable[[str], str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the depth that is allowed it took hours, and whoever read it did nothing else."""
    entered: list[FilterQuery] = []
    children = FilterQuery.children
    monkeypatch.setattr(FilterQuery, "children", lambda query: entered.append(query) or children(query))
    visits = []
    for depth in (7, 14):
        entered.clear()
        assert read("$" + "[?@" * depth + "]" * depth) is None
        visits.append(len(entered))
    assert visits[1] <= 8 * visits[0]
