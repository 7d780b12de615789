"""Several values of one parameter, and what is sent where there is none."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest

from connector_executor.outcome import Failure
from connector_executor.stages.authorize import Authorized
from connector_executor.stages.render import render_request
from connectors_shared.contract.failure import FailureType
from connectors_shared.egress import HttpRequest
from tests.unit.executor.a_connector import a_plan


def rendered(inputs: dict[str, Any], **config: Any) -> HttpRequest:
    request = render_request(a_plan(**({"method": "POST"} | config)), {"input": inputs}, "id", Authorized())
    assert isinstance(request, HttpRequest)
    return request


def query_of(inputs: dict[str, Any], **param: Any) -> str:
    """As it is sent, with its names readable."""
    _, _, query = rendered(inputs, queryParams=[{"key": "a"} | param]).url.partition("?")
    return query.replace("%5B%5D", "[]")


FROM_INPUT = {"valueType": "input", "inputField": "x"}
FROM_TEMPLATE = {"staticValue": "{{input.x}}"}
STYLES = [
    ("repeat", [1, "b c", 2.5, True], "a=1&a=b%20c&a=2.5&a=true"),
    ("comma", [1, "b,c", Decimal("2.50")], "a=1,b%2Cc,2.50"),
    ("brackets", [1, "b&c"], "a[]=1&a[]=b%26c"),
    ("repeat", [], ""),
    ("comma", [], ""),
    ("brackets", [None], ""),
    ("repeat", [1, None, ""], "a=1&a="),
    ("comma", [{"k": [1]}], "a=%7B%22k%22%3A%5B1%5D%7D"),
    ("brackets", "one", "a=one"),
]


@pytest.mark.parametrize("where", [FROM_INPUT, FROM_TEMPLATE], ids=["input", "template"])
@pytest.mark.parametrize(("style", "value", "query"), STYLES)
def test_a_list_is_written_in_the_style_of_its_parameter(
    where: dict[str, str], style: str, value: Any, query: str
) -> None:
    assert query_of({"x": value}, arrays=style, **where) == query


def test_a_list_repeats_its_name_unless_the_parameter_says_otherwise() -> None:
    assert query_of({"x": [1, 2]}, **FROM_INPUT) == "a=1&a=2"


def test_a_list_within_text_is_json() -> None:
    assert unquote(query_of({"x": [1, 2]}, staticValue="in:{{input.x}}", arrays="comma")) == "a=in:[1,2]"


NULLS = [("omit", ""), ("empty", "a="), ("send", "a=null")]


@pytest.mark.parametrize("where", [FROM_INPUT, FROM_TEMPLATE], ids=["input", "template"])
@pytest.mark.parametrize("inputs", [{}, {"x": None}])
@pytest.mark.parametrize(("nulls", "query"), NULLS)
def test_what_is_sent_without_a_value_is_for_the_parameter_to_say(
    where: dict[str, str], inputs: dict[str, Any], nulls: str, query: str
) -> None:
    assert query_of(inputs, nulls=nulls, **where) == query


@pytest.mark.parametrize(("nulls", "query"), NULLS)
def test_an_empty_text_is_no_value_of_an_input_and_one_of_a_template(nulls: str, query: str) -> None:
    assert query_of({"x": ""}, nulls=nulls, **FROM_INPUT) == query
    assert query_of({"x": ""}, nulls=nulls, **FROM_TEMPLATE) == "a="


def test_a_default_in_the_placeholder_goes_before() -> None:
    assert query_of({}, staticValue='{{input.x ?? "d"}}', nulls="send") == "a=d"
    assert query_of({}, staticValue='{{input.x ?? ["d", null]}}', arrays="comma") == "a=d"
    assert query_of({"x": [1, None]}, nulls="send", arrays="comma", **FROM_INPUT) == "a=1,null"


def test_a_required_list_has_a_value() -> None:
    plan = a_plan(queryParams=[{"key": "a", "required": True} | FROM_INPUT])
    for value in ([], [None], None, ""):
        failure = render_request(plan, {"input": {"x": value}}, "id", Authorized())
        assert isinstance(failure, Failure)
        assert failure.type is FailureType.INVALID_INPUT


BODIES = [
    ({"a": "{{input.x}}", "b": 1}, {"b": 1}),
    ({"a": "{{input.x ?? null}}", "b": 1}, {"a": None, "b": 1}),
    ({"a": '{{input.x ?? ""}}', "b": 1}, {"a": "", "b": 1}),
    ({"a": {"deep": "{{input.x}}"}}, {"a": {}}),
    (["{{input.x}}", 1], [None, 1]),
    ({"a": "<{{input.x}}>"}, {"a": "<>"}),
    ("{{input.x}}", None),
]


@pytest.mark.parametrize("inputs", [{}, {"x": None}])
@pytest.mark.parametrize(("body", "sent"), BODIES)
def test_a_field_of_json_without_a_value_is_left_out_unless_its_default_says_otherwise(
    inputs: dict[str, Any], body: Any, sent: Any
) -> None:
    request = rendered(inputs, bodyType="json", body=body)
    assert request.body is not None
    assert json.loads(request.body) == sent


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ({"a": "{{input.x}}", "b": "1"}, b"b=1"),
        ({"a": '{{input.x ?? ""}}', "b": "1"}, b"a=&b=1"),
        ({"a": "{{input.x ?? null}}", "l": "{{input.l}}"}, b"a=null&l=1&l=2+3"),
        ([{"key": "l", "value": "{{input.l}}", "arrays": "brackets"}], b"l%5B%5D=1&l%5B%5D=2+3"),
        ([{"key": "l", "value": "{{input.l}}", "arrays": "comma"}], b"l=1,2+3"),
        ([{"key": "a", "value": "{{input.x}}", "nulls": "send"}, {"key": "b"}], b"a=null&b="),
    ],
)
def test_a_form_does_as_a_query_does(body: Any, sent: bytes) -> None:
    assert rendered({"l": [1, "2 3"]}, bodyType="form", body=body).body == sent


def test_a_header_without_a_value_is_not_sent() -> None:
    headers = [
        {"key": "X-A", "value": "{{input.x}}"},
        {"key": "X-B", "value": '{{input.x ?? ""}}'},
        {"key": "X-C", "value": "c {{input.x}}"},
        {"key": "X-D", "value": ""},
    ]
    assert rendered({}, headers=headers).headers == (("X-B", ""), ("X-C", "c "), ("X-D", ""))


def test_numbers_are_sent_with_all_their_digits() -> None:
    request = rendered(
        {"x": Decimal("12345678901234567.890"), "y": 2**80},
        bodyType="json",
        body={"x": "{{input.x}}", "y": "{{input.y}}"},
    )
    assert request.body == b'{"x":12345678901234567.890,"y":1208925819614629174706176}'
