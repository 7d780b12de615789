import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_mapper.selection import ABSENT, InvalidPathError, renew_budget, select, select_nodes
from field_mapper.selection.iregexp import InvalidPatternError, compile_pattern

DOCUMENT = {
    "identity": {"firstName": "Jose", "full name": "Jose T", "a.b": 1, "none": None},
    "phones": [{"phone": "1", "type": "home"}, {"phone": "2", "type": "work"}],
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("identity.firstName", "Jose"),
        ("identity.full name", "Jose T"),
        ("identity['a.b']", 1),
        ('identity["a.b"]', 1),
        ("phones[0].phone", "1"),
        ("phones.1.phone", "2"),
        ("phones[-1].phone", "2"),
        ("$.phones[1].phone", "2"),
        ("$['phones'][0]['phone']", "1"),
        ("$.phones[?@.type=='work'].phone", "2"),
        ("$..phone", ["1", "2"]),
        ("$", DOCUMENT),
        ("identity.none", None),
        ("identity.missing", ABSENT),
        ("identity.firstName.first", ABSENT),
        ("phones[2].phone", ABSENT),
        ("phones.name", ABSENT),
        ("$..missing", ABSENT),
    ],
)
def test_a_path_selects_the_value_that_it_names(path: str, value: Any) -> None:
    assert select(path, DOCUMENT) == value


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", "a[", "a[x]", "a]", "$.", "$[", "$x", "a.[0]", "['a'"])
def test_a_path_that_is_none_is_refused_with_a_reason_every_time(path: str) -> None:
    for _ in range(2):
        with pytest.raises(InvalidPathError, match=r"\w"):
            select(path, {})


@given(st.text(max_size=40), st.recursive(st.none() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_text_as_a_path_gives_a_value_or_a_reason(path: str, document: Any) -> None:
    with suppress(InvalidPathError):
        select(path, document)


NAMES = st.text(st.characters(codec="utf-8", exclude_characters=".[]'\"$"), min_size=1, max_size=8)


@given(st.lists(NAMES, min_size=1, max_size=6), st.integers())
def test_a_dotted_path_finds_what_was_put_there(names: list[str], value: int) -> None:
    document: Any = value
    for name in reversed(names):
        document = {name: document}
    assert select(".".join(names), document) == value


@pytest.mark.parametrize(
    "path",
    [
        "$..*..*..missing",
        "$..[?count($..*) > 1]",
        "$[?search(@, '(a{1,9}){1,9}$')]",
        "$..[?search(@, $.patterns[0])]",
    ],
)
def test_a_query_that_would_take_for_ever_is_stopped(path: str) -> None:
    document = {
        "patterns": ["(((x{1,99}){1,99}){1,99})"],
        "text": "a" * 100_000,
        "rows": [{"cells": [{"c": n, "s": "text"} for n in range(50)]} for _ in range(300)],
    }
    renew_budget()
    started = time.process_time()
    with pytest.raises(InvalidPathError, match="too much"):
        select_nodes(path, document)
    assert time.process_time() - started < 10


def test_all_queries_on_a_document_share_one_budget() -> None:
    document = [[n] for n in range(10_000)]
    renew_budget()
    with pytest.raises(InvalidPathError, match="too much"):
        [select_nodes("$..*", document) for _ in range(100)]
    renew_budget()
    assert len(select_nodes("$..*", document)) == 20_000


def test_a_regular_expression_that_backtracks_elsewhere_is_linear_here() -> None:
    assert select_nodes("$[?match(@, '(a|a)*(a|aa)+b')]", ["a" * 3000]) == []


@pytest.mark.parametrize(
    ("pattern", "whole", "part", "neither"),
    [
        ("a|bc", "bc", "xbc", "c"),
        ("(ab)+", "abab", "xab", "ba"),
        ("a{2,3}", "aaa", "aaaa", "a"),
        ("a{2}", "aa", "aaa", "a"),
        ("a{2,}b", "aaab", "xaab", "ab"),
        ("[^a-c]", "d", "ad", "a"),
        ("[a-]", "-", "x-", "b"),
        ("[\\]x]", "]", "a]", "a"),
        ("\\p{Lu}", "A", "aA", "a"),
        ("\\P{L}", "1", "a1", "a"),
        (".", "x", "xy", "\n"),
        ("\\.", ".", "a.", "a"),
        ("a?b", "b", "cb", "a"),
    ],
)
def test_regular_expressions_match_the_whole_and_find_a_part(pattern: str, whole: str, part: str, neither: str) -> None:
    compiled = compile_pattern(pattern)
    assert compiled.matches(whole)
    assert not compiled.matches(part)
    assert compiled.is_found_in(part)
    assert not compiled.is_found_in(neither)


@pytest.mark.parametrize(
    "pattern", ["(", ")", "a{", "a{3,2}", "a{x}", "[a", "[]", "\\d", "*", "\\p{Luu}", "[a[]", "(" * 5000]
)
def test_what_is_no_regular_expression_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidPatternError):
        compile_pattern(pattern)
