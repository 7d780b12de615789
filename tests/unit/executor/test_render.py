"""Rendering: every value stays in the place that the author gave it."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from connector_executor.outcome import Failure
from connector_executor.stages.authorize import Authorized
from connector_executor.stages.render import TOO_LONG, render_request
from connectors_shared.contract.connector import InputField
from connectors_shared.contract.failure import FailureType
from connectors_shared.egress import HttpRequest
from tests.unit.executor.a_connector import a_plan


def render(inputs: dict[str, Any], auth_query: list[tuple[str, str]] | None = None, **config: Any) -> HttpRequest:
    request = render_request(a_plan(**config), {"input": inputs}, "execution-1", Authorized(query=auth_query or []))
    assert isinstance(request, HttpRequest)
    return request


def refuse(inputs: dict[str, Any], **config: Any) -> Failure:
    failure = render_request(a_plan(**config), {"input": inputs}, "execution-1", Authorized())
    assert isinstance(failure, Failure)
    return failure


@pytest.mark.parametrize(
    ("value", "escaped"),
    [("a/b", "a%2Fb"), ("?x=1#f", "%3Fx%3D1%23f"), ("ü ", "%C3%BC%20"), ("%2e", "%252e"), (5, "5"), ("v1..2", "v1..2")],
)
def test_a_value_in_the_path_cannot_leave_its_segment(value: object, escaped: str) -> None:
    request = render({"id": value}, url="https://api.test/users/{{input.id}}/posts")
    assert request.url == f"https://api.test/users/{escaped}/posts"


@pytest.mark.parametrize("value", [".", ".."])
def test_a_value_that_would_change_the_path_is_refused(value: str) -> None:
    failure = refuse({"id": value}, url="https://api.test/users/{{input.id}}/posts?x=1")
    assert failure.type is FailureType.INVALID_INPUT


def test_dots_in_the_query_of_the_url_are_harmless() -> None:
    assert render({"q": ".."}, url="https://api.test/find?q={{input.q}}").url == "https://api.test/find?q=.."


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb"])
def test_a_line_break_in_a_header_is_refused(value: str) -> None:
    failure = refuse({"x": value}, headers=[{"key": "X-Name", "value": "{{input.x}}"}])
    assert failure.type is FailureType.INVALID_REQUEST
    assert "X-Name" in failure.message
    assert value not in failure.message


def query_from(name: str, required: bool) -> list[dict[str, Any]]:
    return [{"key": "q", "valueType": "input", "inputField": name, "required": required}]


@pytest.mark.parametrize("inputs", [{}, {"term": None}, {"term": ""}])
def test_a_required_query_parameter_must_have_a_value(inputs: dict[str, Any]) -> None:
    failure = refuse(inputs, queryParams=query_from("term", required=True))
    assert failure.type is FailureType.INVALID_INPUT
    assert failure.message == "The input term is required for the query parameter q."
    assert failure.errors == (("/inputs/term", "is required for the query parameter q"),)


def test_an_optional_query_parameter_without_value_is_left_out() -> None:
    assert render({}, queryParams=query_from("term", required=False)).url == "https://api.test/users"


@pytest.mark.parametrize(
    ("value", "query"), [("a&b=c d", "q=a%26b%3Dc%20d"), ([1, "x"], "q=1&q=x"), (False, "q=false"), (0, "q=0")]
)
def test_query_values_are_escaped_and_lists_repeat_the_key(value: object, query: str) -> None:
    url = render({"term": value}, queryParams=query_from("input.term", required=True)).url
    assert url == f"https://api.test/users?{query}"


@pytest.mark.parametrize(
    ("url", "expected"),
    [("https://a.test/p?x=1#f", "https://a.test/p?x=1&k=v#f"), ("https://a.test/p?", "https://a.test/p?k=v")],
)
def test_the_query_joins_what_the_url_has(url: str, expected: str) -> None:
    assert render({}, [("k", "v")], url=url).url == expected


def test_a_json_body_keeps_types_and_has_its_content_type() -> None:
    request = render({"age": 5, "name": 'a"b'}, method="POST", body='{"age": {{input.age}}, "n": "{{input.name}}"}')
    assert request.body is not None
    assert json.loads(request.body) == {"age": 5, "n": 'a"b'}
    assert dict(request.headers) == {"Content-Type": "application/json"}


def test_a_form_body_is_escaped() -> None:
    request = render({"x": "a&b=ü"}, method="POST", bodyType="form", body={"k": "{{input.x}}"})
    assert request.body == b"k=a%26b%3D%C3%BC"


def test_a_content_type_of_the_author_stands() -> None:
    headers = [{"key": "content-type", "value": "application/vnd.x+json"}]
    assert render({}, method="POST", body={"a": 1}, headers=headers).headers == (
        ("content-type", "application/vnd.x+json"),
    )


def test_the_idempotency_header_is_the_execution() -> None:
    request = render({}, method="POST", idempotencyHeader="Idempotency-Key")
    assert ("Idempotency-Key", "execution-1") in request.headers


@pytest.mark.parametrize(
    "config",
    [
        {"bodyType": "raw", "body": "{{input.x}}" * 5_000},
        {"bodyType": "json", "body": ["{{input.x}}"] * 5_000},
        {"bodyType": "form", "body": {f"f{n}": "<{{input.x.a}}>" for n in range(5_000)}},
        {"url": "https://api.test/" + "{{input.x}}" * 300},
        {"headers": [{"key": f"X-{n}", "value": "{{input.x}}" * 100} for n in range(50)]},
    ],
    ids=["raw", "json", "form", "url", "headers"],
)
def test_a_long_input_that_is_named_thousands_of_times_is_not_written_out(config: dict[str, Any]) -> None:
    inputs = {"x": {"a": "y" * 900_000}}
    plan = a_plan(method="POST", **config)
    failure = render_request(plan, {"input": inputs}, "execution-1", Authorized(), len(json.dumps(inputs)))
    assert isinstance(failure, Failure)
    assert failure.type is FailureType.INVALID_REQUEST
    small = render_request(plan, {"input": {"x": {"a": "y"}}}, "execution-1", Authorized(), 900_000)
    assert isinstance(small, HttpRequest)


def test_a_long_default_counts_as_well() -> None:
    plan = a_plan(method="POST", bodyType="raw", body="{{input.x}}" * 5_000)
    schema = {"x": InputField(default="y" * 100_000)}
    plan = replace(plan, definition=plan.published.model_copy(update={"input_schema": schema}))
    failure = render_request(plan, {"input": {"x": "y" * 100_000}}, "execution-1", Authorized(), 100)
    assert isinstance(failure, Failure)


@pytest.mark.parametrize(
    "config",
    [
        {"url": "https://api.example.com/{{input.a}}"},
        {"url": "https://api.example.com/?a={{input.a}}"},
        {"query_params": [{"key": "q", "value_type": "static", "static_value": "{{input.a}}"}]},
        {"query_params": query_from("a", required=True)},
    ],
)
def test_an_input_makes_no_url_that_nobody_would_take(config: dict[str, Any]) -> None:
    """To escape and to read a URL of a million characters takes a second of everybody's time, and half a gigabyte."""
    refused = refuse({"a": "\U0001f600" * 100_000}, **config)
    assert (refused.type, refused.message) == (FailureType.INVALID_REQUEST, TOO_LONG)
