"""Templates: types kept, text escaped for its place, unreadable placeholders named, hostile texts read in one go."""

import json
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_executor.connectors.plan import quote_path
from connectors_shared.definition.bodies.json_body import compile_tree, render_tree
from connectors_shared.definition.bodies.json_text import MAX_DEPTH, read_json_text
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.templates import ABSENT, Scope, TemplateError, parse_template, placeholders


def parse_tree(value: Any) -> Any:
    """Raises TemplateError with the first problem."""
    found = Compilation()
    tree = compile_tree(value, "", found)
    if found.problems:
        raise TemplateError(found.problems[0].detail)
    return tree


def given_inputs(**inputs: Any) -> Scope:
    return {"input": inputs}


def parse_json_text(text: str) -> Any:
    return parse_tree(read_json_text(text))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(value=JSON_VALUES)
def test_a_lone_placeholder_keeps_the_type(value: Any) -> None:
    assert parse_template("{{ input.x }}").value(given_inputs(x=value)) == (ABSENT if value is None else value)
    assert render_tree(parse_tree({"a": ["{{input.x}}"]}), given_inputs(x=value)) == {"a": [value]}


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "<a>"), (5, "<5>"), (1.5, "<1.5>"), (True, "<true>"), (None, "<>"), ([1, "b"], '<[1,"b"]>')],
)
def test_a_value_inside_text_reads_as_json_does(value: Any, text: str) -> None:
    assert parse_template("<{{input.x}}>").text(given_inputs(x=value)) == text


def test_a_way_leads_through_objects_and_lists() -> None:
    template = parse_template("{{input.user.tags[1]}}-{{input.rows[0].id}}")
    assert template.text(given_inputs(user={"tags": ["a", "b"]}, rows=[{"id": 9}])) == "b-9"


@pytest.mark.parametrize("inputs", [{}, {"a": None}, {"a": "text"}, {"a": []}, {"a": {"b": 1}}])
def test_a_way_that_ends_early_gives_nothing(inputs: dict[str, Any]) -> None:
    assert parse_template("{{input.a.b[3]}}").value({"input": inputs}) is ABSENT


@given(value=st.text(st.characters(codec="utf-8")))
def test_only_values_are_escaped(value: str) -> None:
    text = parse_template("a/b?{{input.x}}&c").text(given_inputs(x=value), quote_path)
    assert text.startswith("a/b?")
    assert text.endswith("&c")
    escaped = text[4:-2]
    assert not set(escaped) & set("/?#&=:@ \r\n")
    assert unquote(escaped) == value


def test_a_value_that_looks_like_a_placeholder_is_not_rendered_again() -> None:
    assert parse_template("{{input.x}}!").text(given_inputs(x="{{input.y}}", y="no")) == "{{input.y}}!"


@pytest.mark.parametrize(
    "inside",
    [
        "x",
        "inputs.x",
        "input",
        "input.",
        "input.x[a]",
        "",
        "input.a b",
        "input.x\n.y",
        "input.x[9999999999]",
    ],
)
def test_an_unreadable_placeholder_is_named(inside: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse_template("{{" + inside + "}}")
    message = str(caught.value)
    assert message.startswith("{{" + inside.strip() + "}} ")
    assert "(at character " in message


def test_a_placeholder_may_stand_bare_in_json_text() -> None:
    tree = parse_json_text('{"age": {{input.age}}, "all": [{{input.all}}], "n":{"m":{{input.age}}}}')
    assert render_tree(tree, given_inputs(age=5, all={"k": None})) == {"age": 5, "all": [{"k": None}], "n": {"m": 5}}


def test_a_placeholder_inside_a_json_string_stays_text() -> None:
    tree = parse_json_text(r'{"a": "say \"{{input.x}}\" {{input.n}}", "b": "\\{{input.n}}"}')
    assert render_tree(tree, given_inputs(x='q"}', n=5)) == {"a": 'say "q"}" 5', "b": "\\5"}


@given(value=st.text())
def test_no_value_can_add_to_the_structure_of_a_body(value: str) -> None:
    tree = parse_json_text('{"a": {{input.x}}, "b": "<{{input.x}}>"}')
    assert json.loads(json.dumps(render_tree(tree, given_inputs(x=value)))) == {"a": value, "b": f"<{value}>"}


def test_json_text_that_is_none_is_an_error_with_its_line() -> None:
    with pytest.raises(TemplateError, match="line 2"):
        parse_json_text('{"a": 1,\n b: 2}')


CPU_SECONDS = 2.0
"""Far above what one reading takes, far below what a reading per character would."""
SIZE = 50_000


def refusal(parse: Callable[[str], Any], text: str) -> str:
    """Empty when the text was taken; whatever else is raised is an error of ours."""
    try:
        parse(text)
    except TemplateError as error:
        return str(error) or "without a reason"
    return ""


@pytest.mark.parametrize(
    "text",
    [
        "{{" + " " * SIZE,
        "{{" * SIZE,
        "{{ " * SIZE,
        "{" * SIZE,
        "}}" * SIZE,
        "{{input." + "a" * SIZE + "}}",
        "{{input" + ".a" * SIZE + "!}}",
        "{{input" + "[0]" * SIZE + "}}",
        "{{input[" + "9" * SIZE + "]}}",
        "{{input.x}}" * SIZE,
        '{{"' * SIZE,
        '{{"}}' * SIZE,
        '{{"\\"}}' * SIZE,
        "{{input.x ?? " + "[" * SIZE,
        "{{input.x ?? " + "[" * 900 + "}}",
        '{{input.x ?? "' + "a" * SIZE + '"}}',
        "{{input.x ?? " + "9" * SIZE + "}}",
        "{{input.x" + " | trim" * SIZE + "}}",
        "{{input.x | date(" + '"a",' * SIZE + ")}}",
        '"' * SIZE,
        "\\" * SIZE,
        '{"a": ' + "{{" * SIZE,
    ],
    ids=lambda text: text[:20],
)
@pytest.mark.parametrize("parse", [parse_template, parse_json_text])
def test_a_long_text_is_read_once(parse: Any, text: str) -> None:
    started = time.process_time()
    assert len(refusal(parse, text)) < 300
    assert time.process_time() - started < CPU_SECONDS


@given(st.text('{}input.x[0] \n"\\,:?|()trimdae', max_size=60))
def test_any_text_compiles_or_is_refused_with_a_reason(text: str) -> None:
    for parse in (parse_template, parse_json_text):
        assert refusal(parse, text) != "without a reason"


@given(st.text("{}ab\n", max_size=40))
def test_placeholders_are_the_closed_braces_and_nothing_of_the_text_is_lost(text: str) -> None:
    spans = list(placeholders(text))
    assert all(text[start : start + 2] == "{{" and text[stop - 2 : stop] == "}}" for start, stop in spans)
    assert all(stop <= start for (_, stop), (start, _) in pairwise(spans))
    rest = text[spans[-1][1] :] if spans else text
    assert "{{" not in rest or "}}" not in rest.split("{{", 1)[1]


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def test_a_body_is_nested_as_deep_as_is_allowed_and_no_deeper() -> None:
    assert parse_json_text("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert parse_tree(nested(MAX_DEPTH)) == nested(MAX_DEPTH)
    for brackets in (MAX_DEPTH + 1, 5_000, 100_000):
        with pytest.raises(TemplateError, match="deeper than 64 levels"):
            parse_json_text("[" * brackets + "]" * brackets)
    with pytest.raises(TemplateError, match="deeper than 64 levels"):
        parse_tree(nested(MAX_DEPTH + 1))


def test_brackets_in_strings_and_placeholders_are_no_levels() -> None:
    text = '{"a": "' + "[" * 200 + '", "b": {{input.b[0]}}, "c": "\\"{{{"}'
    assert render_tree(parse_json_text(text), given_inputs(b=[2])) == {"a": "[" * 200, "b": 2, "c": '"{{{'}


@pytest.mark.parametrize("number", ["1e99999999999999999999", "-1.5E+99999999999999999999", "1." + "0" * 5000, "1e400"])
def test_a_number_that_no_reader_takes_is_no_default(number: str) -> None:
    for literal in (number, f"[{number}]"):
        with pytest.raises(TemplateError, match=r"needs JSON here|too long"):
            parse_template(f"{{{{input.a ?? {literal}}}}}")


@pytest.mark.parametrize("text", ["NaN", "[-Infinity]", '{"a": 1e400}', "9" * 5000, '"\\ud800"'])
def test_what_others_do_not_take_for_json_is_refused(text: str) -> None:
    with pytest.raises(TemplateError, match="not JSON"):
        parse_json_text(text)
