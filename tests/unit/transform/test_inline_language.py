"""What is evaluated inside the event loop's process, and what is not."""

import subprocess
import sys

import pytest

from connector_executor.transform.inline import compile_plan
from connector_executor.transform.inline.tokens import MAX_CHARACTERS, MAX_TOKENS

HERE = [
    "name",
    "identities[0].phones[-1].phone",
    'first & " " & last',
    '{"a": a.b, "n": {"c": c}}',
    'identities.{"name": first & last, "ids": [id, other]}',
    'phones[type = "mobile" and active].number',
    'age >= 18 ? "adult" : "minor"',
    "price * quantity - 1",
    "price % 2",
    "-price",
    "$uppercase(name)",
    '$join([city, state], ", ")',
    "$sum(items.price)",
    "(a; b)",
    "($x := a; $x & $x)",
    "items.(a & b)",
    "items.($$.id & id)",
    "items^(>price, name)[0]",
    "items{type: $sum(price)}",
    "data.*.name",
    "$map(items, function($i, $n) { $n & $i.id })",
    "$filter(items, function($i) { $i.ok })",
    "name ~> $trim ~> $uppercase",
    "a ?? b ?: c",
    "$",
    "items[]",
    "[a, b][0]",
    '`odd name`."another one"',
    "a /* why */ .b",
    "and.or.in",
]

ELSEWHERE = {
    "unknown variable": "$x",
    "variable out of its scope": "(($x := a); $x)",
    "variable of a condition": "(a ? ($x := 1); $x)",
    "assignment outside of a block": "[$x := a]",
    "function as a value": "$sum",
    "function kept": "($f := function($x) { $x }; $f(1))",
    "function that is redefined": "($sum := a; $sum(a))",
    "recursion": "($f := function($x) { $f($x) }; $f(1))",
    "regular expression": "$match(name, /a+/)",
    "regular expression as a value": "/(a+)+$/",
    "regular expression after a list": "a[] / b",
    "range": "[1..10000000]",
    "descendants": "**.price",
    "parent": "a.b.%.c",
    "index binding": "items#$i.name",
    "context binding": "items@$i.name",
    "transform": "| items | {'a': 1} |",
    "partial application": "$substring(?, 1)",
    "evaluation of text": '$eval("1")',
    "unknown function": "$nope(a)",
    "function of the context": "a.$uppercase()",
    "computed function": "($sum)(a)",
    "chain into a lambda": "a ~> function($x) { $x }",
    "step after a grouping": "a{b: c}.d",
    "key given twice": '{"a": 1, "a": 2}',
    "wide integer": "9007199254740993",
    "vertical tab": "\v$$",
    "vertical tab in a step": 'items.(\v$$.s & "x")',
    "other blanks": "a\u00a0.b",
    "form feed": "a\f",
    "byte order mark": "\ufeffa",
    "name beyond ASCII": "größe",
    "name that runs into a quote": 'a"b"',
    "number that runs into a name": "1a",
    "half of a pair": "'\ud800'",
    "half of a pair, escaped": "'\\ud83d\\ude00'",
    "unknown escape": "'\\x41'",
    "comment without an end": "a /* b",
    "syntax error": "a[",
    "two expressions": "a b",
    "empty": "",
    "too long": "a" * (MAX_CHARACTERS + 1),
    "too many parts": "&".join("a" * MAX_TOKENS),
    "too deep": "(" * 2000 + "a" + ")" * 2000,
}


@pytest.mark.parametrize("expression", HERE)
def test_usual_expressions_are_evaluated_here(expression: str) -> None:
    assert compile_plan(expression, 1000) is not None


@pytest.mark.parametrize("expression", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_anything_else_needs_a_worker(expression: str) -> None:
    assert compile_plan(expression, 1000) is None


@pytest.mark.parametrize("expression", ELSEWHERE.values(), ids=ELSEWHERE.keys())
@pytest.mark.parametrize(
    "wrapping",
    [
        "({})",
        "[{}]",
        '{{"k": {}}}',
        "a.({})",
        "{} & a",
        "a ? {}",
        "$string({})",
        "a[{}]",
        "-({})",
        "$map(a, function($q) {{ {} }})",
    ],
)
def test_nothing_hides_a_part_that_needs_a_worker(expression: str, wrapping: str) -> None:
    assert compile_plan(wrapping.format(expression or "$x"), 1000) is None


def test_the_executors_own_process_loads_neither_engine() -> None:
    """One sets the recursion limit of the process, the other reserves a gigabyte of addresses; both take their time."""
    program = (
        "import sys; before = sys.getrecursionlimit(); import connector_executor.transform; "
        "assert sys.getrecursionlimit() == before; assert 'jsonata' not in sys.modules, sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
