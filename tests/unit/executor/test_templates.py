"""Templates: types kept, text escaped for its place, unreadable placeholders named."""

import json
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_executor.connectors.plan import quote_path
from connector_executor.connectors.templates import (
    TemplateError,
    parse_json_text,
    parse_template,
    parse_tree,
    render_tree,
)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(value=JSON_VALUES)
def test_a_lone_placeholder_keeps_the_type(value: Any) -> None:
    assert parse_template("{{ input.x }}").value({"x": value}) == value
    assert render_tree(parse_tree({"a": ["{{input.x}}"]}), {"x": value}) == {"a": [value]}


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "<a>"), (5, "<5>"), (1.5, "<1.5>"), (True, "<true>"), (None, "<>"), ([1, "b"], '<[1,"b"]>')],
)
def test_a_value_inside_text_reads_as_json_does(value: Any, text: str) -> None:
    assert parse_template("<{{input.x}}>").value({"x": value}) == text


def test_a_way_leads_through_objects_and_lists() -> None:
    template = parse_template("{{input.user.tags[1]}}-{{input.rows[0].id}}")
    assert template.text({"user": {"tags": ["a", "b"]}, "rows": [{"id": 9}]}) == "b-9"


@pytest.mark.parametrize("inputs", [{}, {"a": None}, {"a": "text"}, {"a": []}, {"a": {"b": 1}}])
def test_a_way_that_ends_early_gives_nothing(inputs: dict[str, Any]) -> None:
    assert parse_template("{{input.a.b[3]}}").value(inputs) is None


@given(value=st.text(st.characters(codec="utf-8")))
def test_only_values_are_escaped(value: str) -> None:
    text = parse_template("a/b?{{input.x}}&c").text({"x": value}, quote_path)
    assert text.startswith("a/b?")
    assert text.endswith("&c")
    escaped = text[4:-2]
    assert not set(escaped) & set("/?#&=:@ \r\n")
    assert unquote(escaped) == value


def test_a_value_that_looks_like_a_placeholder_is_not_rendered_again() -> None:
    assert parse_template("{{input.x}}!").text({"x": "{{input.y}}", "y": "no"}) == "{{input.y}}!"


@pytest.mark.parametrize("inside", ["x", "inputs.x", "input", "input.", "input.x | upper", "input.x[a]", ""])
def test_an_unreadable_placeholder_is_named(inside: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse_template("{{" + inside + "}}")
    assert str(caught.value).startswith("{{" + inside + "}} cannot be read")


def test_a_placeholder_may_stand_bare_in_json_text() -> None:
    tree = parse_json_text('{"age": {{input.age}}, "all": [{{input.all}}], "n":{"m":{{input.age}}}}')
    assert render_tree(tree, {"age": 5, "all": {"k": None}}) == {"age": 5, "all": [{"k": None}], "n": {"m": 5}}


def test_a_placeholder_inside_a_json_string_stays_text() -> None:
    tree = parse_json_text(r'{"a": "say \"{{input.x}}\" {{input.n}}", "b": "\\{{input.n}}"}')
    assert render_tree(tree, {"x": 'q"}', "n": 5}) == {"a": 'say "q"}" 5', "b": "\\5"}


@given(value=st.text())
def test_no_value_can_add_to_the_structure_of_a_body(value: str) -> None:
    tree = parse_json_text('{"a": {{input.x}}, "b": "<{{input.x}}>"}')
    assert json.loads(json.dumps(render_tree(tree, {"x": value}))) == {"a": value, "b": f"<{value}>"}


def test_json_text_that_is_none_is_an_error_with_its_line() -> None:
    with pytest.raises(TemplateError, match="line 2"):
        parse_json_text('{"a": 1,\n b: 2}')
