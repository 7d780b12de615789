import re
import threading
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_shared.definition.paths.iregexp import InvalidPatternError, compile_pattern
from connectors_shared.definition.paths.words import words_of
from field_mapper.selection import ABSENT, InvalidPathError, renew_budget, select, select_nodes
from field_mapper.selection.jsonpath import ENVIRONMENT

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


@pytest.mark.parametrize("term", ["@==2", "1==2", "!@", "length(@)==2", "count($.none)==1"])
def test_a_filter_pays_for_all_of_its_expression(term: str) -> None:
    """A thousand characters of path and ten kilobytes of answer took a minute of every mapper in turn."""
    path = f"$[?{'||'.join([term] * (190 // (words_of(term) + 1)))}]"
    renew_budget()
    with pytest.raises(InvalidPathError, match="too much"):
        select_nodes(path, [0] * 5_000)
    renew_budget()
    assert select_nodes(f"$[?{term} && @==1]", [0] * 5_000) == []


def test_all_queries_on_a_document_share_one_budget() -> None:
    document = [[n] for n in range(10_000)]
    renew_budget()
    with pytest.raises(InvalidPathError, match="too much"):
        [select_nodes("$..*", document) for _ in range(100)]
    renew_budget()
    assert len(select_nodes("$..*", document)) == 20_000


@pytest.mark.parametrize("path", ["$[?@" + ".a" * 90 + "]", "$[*][?@.a==1]"])
def test_a_filter_pays_for_what_it_does_where_nothing_is_selected(path: str) -> None:
    renew_budget()
    with pytest.raises(InvalidPathError, match="too much"):
        select_nodes(path, [[]] * 40_000)


def test_reading_paths_is_paid_for_and_costs_the_same_when_they_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred of them took nine seconds of every mapper in turn, which called nothing in that time."""
    read: list[str] = []
    compile_path = ENVIRONMENT.compile
    monkeypatch.setattr(ENVIRONMENT, "compile", lambda path: read.append(path) or compile_path(path))
    paths = [f"$.unread{number}" + "[?@]" * 45 for number in range(200)]
    refused = [_refused(paths), _refused(paths)]
    assert refused[0] == refused[1]
    assert len(read) == len(paths) - len(refused[0]) < 100
    assert "too many and too long to read" in refused[0][-1]


def test_filters_inside_filters_pay_for_being_gone_over_again() -> None:
    paths = [f"$.a{number}" + "[?@" * 30 + "[?" + "&&".join(["@"] * 30) + "]" + "]" * 30 for number in range(20)]
    assert 2 < len(paths) - len(_refused(paths)) < 10


def test_two_hundred_ordinary_filters_are_read_for_one_document() -> None:
    assert _refused([f"$.phones[?@.type=='work{number}' && @.phone!=''].phone" for number in range(200)]) == []


def _refused(paths: list[str]) -> list[str]:
    """The reasons, on one document."""
    renew_budget()
    reasons = []
    for path in paths:
        try:
            select(path, DOCUMENT)
        except InvalidPathError as error:
            reasons.append(str(error))
    return reasons


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
    "path",
    [
        "$[?@.a==" + "1" * 900 + "]",
        "$[?@.a==1e999]",
        "$[?" + "!" * 900 + "@.a]",
        "$" + "[?@" * 300 + "]" * 300,
        "$[?" + "(" * 480 + "@.a" + ")" * 480 + "]",
        "$[?" + " " * 900,
        "$[1:" + "2" * 500 + "]",
        "a['" + "'" * 990,
        "[" * 999,
    ],
    ids=lambda path: path[:12],
)
def test_a_path_that_breaks_the_library_is_refused_or_harmless(path: str) -> None:
    with suppress(InvalidPathError):
        select(path, {"a": [1, {"a": 3}]})


def test_a_document_too_deep_to_compare_is_refused() -> None:
    document: Any = 1
    for _ in range(5_000):
        document = [document]
    with pytest.raises(InvalidPathError, match="fails on this response"):
        select_nodes("$[?@==$]", document)


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("$.identities[0][?match(@,'((){99999}){99999}')]", {"identities": [["a"]]}),
        ("$[?match(@, '(((()){1000}){1000}){1000}')]", ["a"]),
        ("$.rows[?match(@, $.pattern)]", {"rows": ["a"] * 50, "pattern": "((){99999}){99999}"}),
        ("$[?match('x', @)]", [f"({{}}){{{n}}}" + "(" * n for n in range(500)]),
        ("$[?match('x', @)]", ["(" * 500_000, "[" + "\\p{Cn}" * 10_000, "a{1,9}" * 10_000, "|" * 500_000]),
        ("$[?match('x', @)]", [f"(\\p{{L}}\\P{{N}}){{90}}{n}" for n in range(500)]),
        ("$[?search(@, '(a|b)*a(a|b){400}c')]", ["ab" * 50_000] * 50),
    ],
)
def test_no_pattern_takes_long_wherever_it_comes_from(path: str, document: Any) -> None:
    renew_budget()
    started = time.process_time()
    with suppress(InvalidPathError):
        assert select_nodes(path, document) == []
    assert time.process_time() - started < 10


def test_a_pattern_is_paid_for_once_per_document() -> None:
    renew_budget()
    assert len(select_nodes("$[?match(@, '\\\\p{L}+')]", ["name"] * 20_000)) == 20_000


@given(st.text("ab(){}|*+?,.[]^$\\\\-pLuCn12\u00e9\ud800", max_size=14), st.text("ab\u00e9\n\ud800", max_size=4))
def test_any_pattern_is_compiled_or_refused_by_the_grammar(pattern: str, text: str) -> None:
    try:
        compiled = compile_pattern(pattern)
    except InvalidPatternError:
        return
    if compiled.matches(text):
        assert compiled.is_found_in(text)


ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\u00e9", "[a-c]", "\\.", "a|b", ""])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=3).map("".join)
        | st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{0,}"])).map(lambda p: f"({p[0]}){p[1]}")
        | st.lists(inner, min_size=1, max_size=3).map("|".join).map("({})".format)
    ),
    max_leaves=6,
)


@given(PATTERNS, st.text("abc.\u00e9", max_size=6))
def test_a_pattern_means_what_it_means_elsewhere(pattern: str, text: str) -> None:
    compiled = compile_pattern(pattern)
    assert compiled.matches(text) is bool(re.fullmatch(pattern, text))
    assert compiled.is_found_in(text) is bool(re.search(pattern, text))


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        ("\\p{Cn}", "\U0003fffd", "a"),
        ("\\P{Cn}", "a", "\U0003fffd"),
        ("\\p{C}", "\x07", "a"),
        ("[^\\p{C}a]", "b", "\x07"),
        ("[\\p{Nd}\\p{Lu}-]", "-", "a"),
        (".", "\U0001f600", "\r"),
    ],
)
def test_categories_hold_what_unicode_says(pattern: str, fits: str, fits_not: str) -> None:
    assert compile_pattern(pattern).matches(fits)
    assert not compile_pattern(pattern).matches(fits_not)


@pytest.mark.parametrize("character", ["a", "\U0003fffd", "\U0001fae8", "\x07", "\ue000"])
def test_a_character_has_a_meaning_or_none_whichever_unicode_python_knows(character: str) -> None:
    """U+1FAE8 came with Unicode 15: by the tables of Python 3.11 it was in both."""
    assert compile_pattern("\\p{Cn}").matches(character) != compile_pattern("\\P{Cn}").matches(character)


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        ")",
        "a{",
        "a{3,2}",
        "a{x}",
        "[a",
        "[]",
        "\\d",
        "*",
        "\\p{Luu}",
        "[a[]",
        "(" * 5000,
        "[b-a]",
        "\\p{Xx}",
        "a{99999}",
        "a" * 5000,
    ],
)
def test_what_is_no_regular_expression_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidPatternError):
        compile_pattern(pattern)


HEAVY = {"a": [{"b": list(range(40)), "c": [{"d": i} for i in range(40)]} for _ in range(60)]}
WIDE = {"a": [{"b": i} for i in range(22_000)]}
COSTLY = "$..[?count($..*) > 0]"


def mapped(path: str, document: object) -> str | None:
    """As for one result: why it cannot be read, if so."""
    renew_budget()
    try:
        select(path, document)
    except InvalidPathError as error:
        return str(error)
    return None


def test_what_a_preview_spends_in_its_thread_is_missing_to_no_result() -> None:
    costly, ends = threading.Event(), threading.Event()

    def preview() -> None:
        renew_budget()
        while not ends.is_set():
            with suppress(InvalidPathError):
                select(COSTLY, HEAVY)
            costly.set()

    thread = threading.Thread(target=preview)
    thread.start()
    try:
        costly.wait()
        assert [mapped("$..b", WIDE) for _ in range(3)] == [None] * 3
    finally:
        ends.set()
        thread.join()


def test_results_that_are_mapped_meanwhile_do_not_renew_what_a_preview_may_spend() -> None:
    told: list[str | None] = []
    preview = threading.Thread(target=lambda: told.append(mapped(COSTLY, HEAVY)))
    preview.start()
    while preview.is_alive():
        mapped("$..y", {"x": {"y": 1}})
    assert told != [None]
