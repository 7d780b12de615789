"""What may run inside the event loop's process, and what may not."""

import subprocess
import sys

import pytest

from connector_executor.transform.harmless import MAX_CHARACTERS, MAX_NODES, is_harmless

HARMLESS = [
    "name",
    "identities[0].phones[-1].phone",
    'first & " " & last',
    '{"a": a.b, "n": {"c": c}}',
    'identities.{"name": first & last, "ids": [id, other]}',
    'phones[type = "mobile" and active].number',
    'age >= 18 ? "adult" : "minor"',
    "price * quantity - 1",
    "-price",
    "$uppercase(name)",
    '$join([city, state], ", ")',
    "$sum(items.price)",
    "(a; b)",
    "items.(a & b)",
    "$",
    "items[]",
    "[a, b][0]",
]

NOT_HARMLESS = {
    "variable": "$x",
    "root, read again in a loop": "items.($$.items)",
    "assignment": "($x := a; $x)",
    "lambda": "function($x) { $x }",
    "recursion": "($f := function($x) { $f($x) }; $f(1))",
    "regular expression": "$match(name, /a+/)",
    "regular expression as a value": "/(a+)+$/",
    "range": "[1..10000000]",
    "sort": "items^(price)",
    "grouping": "items{name: price}",
    "grouping of a function's result": '$string(a){"k": $x}',
    "wildcard": "a.*",
    "descendants": "**.price",
    "parent": "a.b.%.c",
    "index binding": "items#$i.name",
    "context binding": "items@$i.name",
    "transform": "| items | {'a': 1} |",
    "chain": "a ~> $uppercase",
    "partial application": "$substring(?, 1)",
    "function as a value": "$sum",
    "function that repeats text": '$pad("a", 2000000000)',
    "quadratic function": "$distinct(items)",
    "evaluation of text": '$eval("1")',
    "unknown function": "$nope(a)",
    "computed key": "{name: 1}",
    "computed function": "($sum)(a)",
    "doubling step": "[$,$].[$,$].[$,$]",
    "doubling text step": "a.($ & $).($ & $)",
    "doubling object step": '{"x": $, "y": $}.{"x": $, "y": $}.x',
    "doubling filter": "[$,$][[$,$][$]]",
    "filter of a step that constructs": "a.[$,$][$ = 1]",
    "variable in a filter": "a[$x]",
    "variable in a filter of a literal": '"a"[$x]',
    "variable in a key": '{"a"[$x]: 1}',
    "integer the engine rounds": "9007199254740993",
    "syntax error": "a[",
    "empty": "",
    "too long": "a" * (MAX_CHARACTERS + 1),
    "too many parts": "&".join("a" * MAX_NODES),
    "too deep": "(" * 2000 + "a" + ")" * 2000,
}


@pytest.mark.parametrize("expression", HARMLESS)
def test_plain_expressions_are_harmless(expression: str) -> None:
    assert is_harmless(expression)


@pytest.mark.parametrize("expression", NOT_HARMLESS.values(), ids=NOT_HARMLESS.keys())
def test_anything_else_needs_a_worker(expression: str) -> None:
    assert not is_harmless(expression)


@pytest.mark.parametrize("expression", NOT_HARMLESS.values(), ids=NOT_HARMLESS.keys())
@pytest.mark.parametrize(
    "wrapping",
    ["({})", "[{}]", '{{"k": {}}}', "a.({})", "{} & a", "a ? {}", "$string({})", "a[{}]", "-({})"],
)
def test_nothing_hides_a_part_that_needs_a_worker(expression: str, wrapping: str) -> None:
    assert not is_harmless(wrapping.format(expression or "$x"))


def test_importing_the_parser_leaves_the_recursion_limit_of_the_process() -> None:
    program = (
        "import sys; before = sys.getrecursionlimit(); import connector_executor.transform; "
        "assert sys.getrecursionlimit() == before"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
