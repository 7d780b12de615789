"""No accepted expression costs much in process, whatever the document holds.

Processor time is compared with that of plain Python code measured beside it, so that a slow or busy machine does
not decide; the limits stand for 10 ms and 4 MB on an idle one.
"""

import json
import time
from typing import Any

import pytest

from connector_executor.transform.inline import compile_plan
from connector_executor.transform.inline.tokens import MAX_CHARACTERS
from connector_executor.transform.inline.values import UNITS, Exhausted

from .attack import attempt, climb, peak_bytes, processor_seconds

pytestmark = pytest.mark.alone

SMALL = {"items": [{"s": "é" * 10, "n": number} for number in range(60)], "a": "x" * 100}
LARGE = {"items": [{"s": "x" * 100, "n": number} for number in range(1000)]}
QUOTES = {"a": '"' * 30_000}
OBJECTS = {"a": [{"b": number, "c": '"' * 10} for number in range(700)]}
NEARLY = {"a": "a" * 2_499, "b": "a" * 1_198 + "ba"}
NEARLY_LONG = {"a": "a" * 29_999, "b": "a" * 97 + "ba"}
COSTLY: dict[str, tuple[str, Any]] = {
    "the document made text for every item": ('$count(items.($$.s & $$ & "x"))', LARGE),
    "text in text": ("items." + "$string([" * 16 + "$" + "])" * 16, SMALL),
    "letters changed again and again": ("items.(" + "$uppercase(" * 30 + "s" + ")" * 30 + ")", SMALL),
    "letters changed side by side": ("items.[" + ",".join(["$uppercase(s)"] * 130) + "]", SMALL),
    "text that doubles": ("(" + "$v := a & a;" + "$v := $v & $v;" * 60 + "$length($v))", SMALL),
    "lists that double": ("(" + "$v := [items];" + "$v := [$v, $v];" * 60 + "$count($v))", SMALL),
    "steps that double": ("[$,$]" + ".[$,$]" * 40, SMALL),
    "loops in loops": ("items.($$.items.($$.items.($$.items.($$.items.s))))", SMALL),
    "functions in functions": ("$map(items, function($x) { $map($$.items, function($y) { $string($$) }) })", SMALL),
    "filters in filters": ("items[$$.items[$$.items[s = $$.a]]]", SMALL),
    "grouping by text of everything": ("items{$string($$): $}", LARGE),
    "sorting by text of everything": ("items^($string($$))", LARGE),
    "padding": ("$pad(a, 2000000000)", SMALL),
    "replacing by something long": ("$replace(b, 'x', b)", {"b": "x" * 100_000}),
    "text that is escaped again and again": ('{"a":' * 30 + "a" + '} & ""' * 30, QUOTES),
    "text read often": ("[" + ",".join(["$length(a & a & a)"] * 20) + "]", QUOTES),
    "objects made text often": ("[" + ",".join(["$length($string($))"] * 60) + "]", OBJECTS),
    "objects given often": ("[" + ",".join(["a"] * 100) + "]", OBJECTS),
    "objects compared often": ("[" + ",".join(["$ = $"] * 60) + "]", OBJECTS),
    "items filtered often": ("[" + ",".join(["$count(a[b = 1 and c != 2])"] * 15) + "]", OBJECTS),
    "text that is nearly everywhere": ("items[$contains($$.a, $$.b)]", NEARLY | {"items": [1] * 140}),
    "text before what is nearly there": ("$count(items.$substringBefore($$.a, $$.b))", NEARLY | {"items": [1] * 140}),
    "splitting at what is nearly there": ("[" + ",".join(["$count($split(a, b))"] * 70) + "]", NEARLY),
    "a short part of a longer text": ("items[$contains($$.a, $$.b)]", NEARLY_LONG | {"items": [1] * 16}),
    "numbers of one hash": ("$count($distinct(a))", {"a": [(2**61 - 1) * number for number in range(1, 3800)]}),
    "long separator": ("[" + ",".join(["$length($join(a.c, b))"] * 30) + "]", OBJECTS | {"b": "y" * 10_000}),
}  # fmt: skip
SOURCES = {
    "parents": "a" + ".(%.%)" * 680,
    "steps": ".".join("a" * 500),
    "concatenation": "&".join("a" * 500),
    "filters": "a" + "[b]" * 330,
    "quotes": '"' * MAX_CHARACTERS,
    "escapes": '"' + "\\" * (MAX_CHARACTERS - 2),
    "comments": "/*" * (MAX_CHARACTERS // 2),
    "brackets": "(" * MAX_CHARACTERS,
    "digits": "9" * MAX_CHARACTERS,
    "objects": "{" + ",".join(f'"k{number}": a.b[0].c' for number in range(90)) + "}",
    "groups": "a{" + ",".join(["a:b"] * 250) + "}",
    "assignments": "(" + ";".join(f"$v{number} := a" for number in range(250)) + ")",
}


@pytest.fixture(scope="module")
def millisecond() -> float:
    """Processor time of this thread for what an idle machine does in about a millisecond, now."""
    document = {"items": [{"name": "x" * 10, "n": n} for n in range(20)]}
    return max(min(seconds_of(lambda: [json.loads(json.dumps(document)) for _ in range(16)]) for _ in range(9)), 1e-3)


def seconds_of(run: Any) -> float:
    before = time.thread_time()
    run()
    return time.thread_time() - before


@pytest.mark.parametrize(("expression", "document"), COSTLY.values(), ids=COSTLY.keys())
def test_no_expression_holds_the_process(expression: str, document: Any, millisecond: float) -> None:
    plan = compile_plan(expression, 512 * 1024)
    if plan is not None:
        assert processor_seconds(plan, document) < 10 * millisecond
        assert peak_bytes(plan, document) < 4_000_000


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_an_expression_is_checked_in_little_time(source: str, millisecond: float) -> None:
    assert min(seconds_of(lambda: compile_plan(source, 1000)) for _ in range(5)) < 40 * millisecond


@pytest.mark.parametrize("repeated", [".b", "[b]", " & b", ".(b)", ", b"])
def test_the_check_is_linear(repeated: str) -> None:
    short, long = (f"[a{repeated * count}]" for count in (60, 240))
    times = [
        min(seconds_of(lambda source=source: compile_plan(source, 1000)) for _ in range(9)) for source in (short, long)
    ]
    assert times[1] < 10 * times[0]


@pytest.mark.parametrize("seed", range(3))
def test_who_searches_for_the_worst_does_not_find_it(seed: int, millisecond: float) -> None:
    seconds, worst = climb(seed, 150, processor_seconds)
    assert seconds > 0, "nothing was accepted: the search proves nothing"
    assert seconds < 10 * millisecond, (worst.expression, seconds / millisecond)


def test_who_searches_for_memory_does_not_find_it() -> None:
    peak, worst = climb(7, 120, peak_bytes)
    assert 0 < peak < 4_000_000, (worst.expression, peak)


def test_what_was_too_much_is_tried_less_often() -> None:
    plan = compile_plan("$map(items, function($x) { $map(items, function($y) { $y.n }) })", 512 * 1024)
    assert plan is not None
    large = LARGE
    with pytest.raises(Exhausted):
        plan.attempt(large)
    small = {"items": [{"n": 1}, {"n": 2}]}
    documents = (large, small, small, large, small, small, small, small)
    answered = [plan.run(document) is not None for document in documents]
    assert answered == [False, False, True, False, False, True, True, True]
    assert attempt(plan, small) is not None
    assert UNITS == 16_000
