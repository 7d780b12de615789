"""The same answer whichever path runs: in process, through the worker's JSON route, and by jsonata-python.

jsonata-python is compared on what the three share: it cuts `%` to whole numbers and raises where the others
give null for 0/0, so arithmetic is compared between the first two only. What is refused in process is not
compared: there is one answer then.
"""

import json
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from connector_executor.transform import Transformed, TransformFailure
from connector_executor.transform.engines import Engines
from connector_executor.transform.exact_engine import ExactEngine
from connector_executor.transform.inline import compile_plan
from connector_executor.transform.wire import Request

NAMES = st.sampled_from(["a", "b", "c"])
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
SCALARS = st.none() | st.booleans() | WHOLE | TEXT
FRACTIONS = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))
LIMIT_BYTES = 512 * 1024


def documents(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    values = st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=12,
    )
    return st.dictionaries(NAMES, values, min_size=1, max_size=3) | st.lists(values, max_size=3)


def quoted(text: str) -> str:
    return json.dumps(text)


STEPS = st.one_of(NAMES, st.tuples(NAMES, st.integers(-3, 3)).map(lambda pair: f"{pair[0]}[{pair[1]}]"))
PATHS = st.lists(STEPS, min_size=1, max_size=3).map(".".join)
LITERALS = st.one_of(st.integers(-99, 99).map(str), TEXT.map(quoted), st.sampled_from(["true", "false", "null"]))


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    fields = st.dictionaries(NAMES, inner, max_size=3).map(
        lambda pairs: "{" + ", ".join(f"{quoted(key)}: {value}" for key, value in pairs.items()) + "}"
    )
    return st.one_of(
        fields,
        st.tuples(PATHS, fields).map(".".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} & {pair[1]})"),
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]"),
    )


MAPPINGS = st.recursive(PATHS | LITERALS, compound, max_leaves=6)
OPERATORS = st.sampled_from(["=", "!=", "<", ">=", "and", "or", "in", "+", "-", "*", "/", "%", "&", "??", "?:"])
FUNCTIONS = st.sampled_from(
    [
        "string($)", "count($)", "sum($)", "max($)", "average($)", "uppercase($)", "length($)", "trim($)", "exists($)",
        "boolean($)", "not($)", "type($)", "number($)", "abs($)", "floor($)", "round($, 1)", "keys($)", "merge($)",
        "reverse($)", "distinct($)", "sort($)", "join($, '-')", "split($, 'a')", "replace($, 'a', 'bb')",
        "substring($, -2)", "substring($, 1, 2)", "substringBefore($, 'a')", "substringAfter($, 'a')",
        "contains($, 'a')", "pad($, -5, '0')", "append($, a)", "append(a, $)", "lookup($, 'a')",
        "map($, function($v) { $v.a })", "map($, function($v, $i) { [$i, $v] })", "map($, $string)",
        "map($, function($v) { {'k': $v, 'a': a} })", "filter($, function($v) { $v.b })",
        "filter($, function($v, $i) { $i > 0 })", "each($, function($v, $k) { $k & $v })",
        "reduce($, function($x, $y) { $x & $y })",
    ]
)  # fmt: skip
SUFFIXES = st.sampled_from(["[0]", "[-1]", "[]", "[a]", "[a = 1]", "[$ != b]", "^(a)", "^(>$)", "{a: b}", "{'k': $}",
                            ".*", ".$", ".[a, b]", ".(a & b)", ".{'x': $, 'r': $$.a}", ".($x := a; $x & $x)",
                            "[type($) = 'number']", "[[0, 1]]", ".a[]", "[b][0]"])  # fmt: skip


def with_operators(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        compound(inner),
        st.tuples(inner, OPERATORS, inner).map(lambda parts: "({} {} {})".format(*parts)),
        st.tuples(inner, inner, inner).map(lambda parts: "({} ? {} : {})".format(*parts)),
        st.tuples(PATHS, inner).map(lambda parts: "{}[{}]".format(*parts)),
        st.tuples(PATHS, SUFFIXES).map("".join),
        st.tuples(inner, SUFFIXES).map("({0[0]}){0[1]}".format),
        st.tuples(inner, SUFFIXES, SUFFIXES).map("({0[0]}){0[1]}{0[2]}".format),
        st.tuples(FUNCTIONS, inner).map(
            lambda parts: "$" + parts[0].replace("$)", parts[1] + ")").replace("$,", parts[1] + ",", 1)
        ),
        st.tuples(inner, inner).map("($v := {0[0]}; $w := {0[1]}; [$v, $w, $v])".format),
        st.tuples(inner, st.sampled_from(["$string", "$count", "$append(a)", "$keys"])).map(" ~> ".join),
    )


EXPRESSIONS = st.recursive(PATHS | LITERALS | st.sampled_from(["$", "$$", "*", "$$.a"]), with_operators, max_leaves=6)


def in_process(expression: str, document: Any) -> Transformed | TransformFailure:
    plan = compile_plan(expression, LIMIT_BYTES)
    assume(plan is not None)
    assert plan is not None
    outcome = plan.run(document)
    assume(outcome is not None)
    assert outcome is not None
    return outcome


def in_worker(expression: str, document: Any) -> Transformed | TransformFailure:
    body = json.dumps(document, ensure_ascii=False).encode()
    answer = Engines(4, LIMIT_BYTES).answer(Request(expression, body, None, 5.0))
    if answer.value is None:
        return TransformFailure(answer.code, answer.message)
    return Transformed(json.loads(answer.value))


def written(outcome: Transformed | TransformFailure) -> str:
    """As it would be published, so that 1 and 1.0, or another order of keys, are a difference."""
    return json.dumps(outcome.value) if isinstance(outcome, Transformed) else outcome.code + outcome.message


@settings(deadline=None, max_examples=150)
@given(EXPRESSIONS, documents(SCALARS | FRACTIONS))
def test_both_paths_give_the_same_bytes(expression: str, document: Any) -> None:
    assert written(in_process(expression, document)) == written(in_worker(expression, document))


@settings(deadline=None, max_examples=150)
@given(MAPPINGS, documents(SCALARS))
def test_jsonata_python_gives_the_same_value_for_a_mapping(expression: str, document: Any) -> None:
    here = in_process(expression, document)
    exact = ExactEngine(4).evaluate(expression, json.loads(json.dumps(document)), {}, 5.0)
    assert isinstance(here, Transformed)
    assert isinstance(exact, Transformed)
    assert here.value == exact.value
