"""Whatever a value is, it stays in the place that the author gave it: path, query, header, JSON string, form field."""

import json
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_executor.connectors.plan import Plan
from connector_executor.outcome import Failure
from connector_executor.stages.authorize import Authorized
from connector_executor.stages.render import render_request
from connectors_shared.contract.connector import ArrayStyle
from connectors_shared.egress import HttpRequest
from connectors_shared.egress.origin import parse_origin, split_url
from connectors_shared.egress.wire import RequestWriter
from tests.unit.executor.a_connector import a_plan

ATTACKS = (
    *("../..", "..", ".", "%2e%2e", "a/../b", "/", "//evil.test", "?a=1", "#f", "&b=2", "a=1&b=2", "@evil.test", ":80"),
    *(
        "\r\nX-Evil: 1",
        "\n\n<body>",
        "\r",
        "\x00",
        "\x0b",
        '"',
        '","admin":true,"x":"',
        "\\",
        "\\u0022",
        "}}",
        "{{input.b}}",
    ),
    *("a,b", "a[]=1", " ", "+", "%00", "ü€😀", "\u2028", "\u0085"),
)
TEXTS = st.sampled_from(ATTACKS) | st.text(st.characters(codec="utf-8"), max_size=30)
SCALARS = TEXTS | st.integers() | st.booleans() | st.decimals(allow_nan=False, allow_infinity=False, places=3)
VALUES = st.recursive(
    SCALARS | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
FILTERS = st.sampled_from(["", " | trim", " | lower", " | json", " | urlencode", " | base64 | upper"])
WRITER = RequestWriter("test")


def rendered(value: Any, **config: Any) -> HttpRequest | Failure:
    scope = {"input": {"a": value, "b": "second"}}
    return render_request(plan(json.dumps({"method": "POST"} | config)), scope, "id", Authorized())


@lru_cache(maxsize=64)
def plan(config: str) -> Plan:
    return a_plan(**json.loads(config))


def on_the_wire(request: HttpRequest) -> tuple[list[str], str, bytes]:
    """The lines of the head, the target, the body."""
    origin, target = split_url(request.url)
    head, _, body = WRITER.render(request, parse_origin(origin).host_header, target).partition(b"\r\n\r\n")
    return head.decode("utf-8", "surrogateescape").split("\r\n"), target, body


@given(VALUES, FILTERS)
def test_a_value_in_the_path_is_one_segment(value: Any, filters: str) -> None:
    request = rendered(value, url="https://api.test/users/{{input.a" + filters + "}}/posts?x=1#f")
    if isinstance(request, Failure):
        return
    lines, target, _ = on_the_wire(request)
    assert request.url.startswith("https://api.test/users/")
    first, users, segment, posts = target.partition("?")[0].split("/")
    assert (first, users, posts, target.partition("?")[2]) == ("", "users", "posts", "x=1")
    assert unquote(segment) not in (".", "..")
    assert len(lines[0].split(" ")) == 3


@given(VALUES, FILTERS, st.sampled_from(ArrayStyle))
def test_a_value_in_the_query_adds_no_parameter_but_its_own(value: Any, filters: str, style: ArrayStyle) -> None:
    query = [
        {"key": "a", "valueType": "input", "inputField": "a", "arrays": style.value},
        {"key": "t", "staticValue": "{{input.a" + filters + "}}", "arrays": style.value},
        {"key": "m", "staticValue": "<{{input.a" + filters + "}}>"},
    ]
    request = rendered(value, url="https://api.test/?u={{input.a}}", queryParams=query)
    if isinstance(request, Failure):
        return
    _, target, _ = on_the_wire(request)
    names = [name for name, _ in parse_qsl(target.partition("?")[2], keep_blank_values=True, strict_parsing=True)]
    own = "a[]", "t[]"
    assert set(names) <= {"u", "a", "t", "m", *(own if style is ArrayStyle.BRACKETS else ())}
    assert (names[0], names[-1], names.count("u"), names.count("m")) == ("u", "m", 1, 1)
    assert len(names) <= 2 + 2 * max(1, len(value) if isinstance(value, list) else 1)


@given(VALUES, FILTERS)
def test_a_value_in_a_header_ends_no_line(value: Any, filters: str) -> None:
    headers = [{"key": "X-A", "value": "a {{input.a" + filters + "}} b"}, {"key": "X-B", "value": "{{input.a}}"}]
    request = rendered(value, headers=headers)
    if isinstance(request, Failure):
        return
    lines, _, _ = on_the_wire(request)
    names = [line.partition(":")[0].lower() for line in lines[1:]]
    assert sorted(set(names)) == sorted(names)
    assert set(names) <= {"host", "user-agent", "accept", "accept-encoding", "content-length", "x-a", "x-b"}


@given(VALUES, FILTERS)
def test_a_value_in_json_ends_no_string(value: Any, filters: str) -> None:
    body = '{"whole": {{input.a ?? null' + filters + '}}, "in": "<{{input.a' + filters + '}}>", "rest": [1]}'
    request = rendered(value, body=body)
    if isinstance(request, Failure):
        return
    assert request.body is not None
    read = json.loads(request.body)
    assert list(read) == ["whole", "in", "rest"]
    assert (read["rest"], read["in"][0], read["in"][-1]) == ([1], "<", ">")
    if not filters and not isinstance(value, list | dict):
        assert json.loads(request.body, parse_float=str)["whole"] == (
            value if isinstance(value, str | int | None) else str(value)
        )


@given(VALUES, FILTERS)
def test_a_value_in_a_form_adds_no_field(value: Any, filters: str) -> None:
    rows = [
        {"key": "a", "value": "{{input.a" + filters + "}}", "arrays": "comma"},
        {"key": "m", "value": "<{{input.a" + filters + "}}>"},
        {"key": "z", "value": "end"},
    ]
    request = rendered(value, bodyType="form", body=rows)
    if isinstance(request, Failure):
        return
    assert request.body is not None
    pairs = parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    assert [name for name, _ in pairs][-2:] == ["m", "z"]
    assert [name for name, _ in pairs][:-2] in ([], ["a"])
    assert pairs[-1] == ("z", "end")


@given(TEXTS)
def test_a_value_in_a_raw_body_is_written_as_it_is(value: str) -> None:
    request = rendered(value, bodyType="raw", body="[{{input.a}}]")
    assert isinstance(request, HttpRequest)
    assert request.body == f"[{value}]".encode()


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x00b", "\x7f", "a\x1bb"])
def test_a_header_that_would_be_broken_is_refused_by_its_name(value: str) -> None:
    failure = rendered(value, headers=[{"key": "X-Name", "value": "{{input.a}}"}])
    assert isinstance(failure, Failure)
    assert "X-Name" in failure.message
    assert value not in failure.message
