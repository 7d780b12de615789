"""From the answer's bytes to a document: JSON as values, text as text, anything else a failure with its status."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from multidict import CIMultiDict

from connector_executor.outcome import Failure, Success
from connector_executor.stages.body import read_body
from connector_executor.stages.transform import transform_response
from connectors_shared.contract.failure import FailureType
from connectors_shared.egress import HttpResponse
from tests.unit.executor.a_connector import a_plan
from tests.unit.executor.hostile import nested

JSON_TYPE, TEXT = "application/json; charset=utf-8", "text/plain"


def an_answer(body: bytes, content_type: str | None = JSON_TYPE) -> HttpResponse:
    headers = CIMultiDict({} if content_type is None else {"Content-Type": content_type})
    return HttpResponse(200, headers, body, len(body), "https://api.test/", 0.1)


@pytest.mark.parametrize(
    ("body", "content_type", "document"),
    [
        (b"", JSON_TYPE, None),
        (b'{"a": [1, 1.5, null]}', JSON_TYPE, {"a": [1, 1.5, None]}),
        (b"9007199254740993", "application/hal+json", 9007199254740993),
        (b"[1]", "Application/JSON", [1]),
        (b'{"a": 1}', None, {"a": 1}),
        (b"[1]", "", [1]),
        (b"[1]", TEXT, "[1]"),
        (b"plain", None, "plain"),
        ("wört".encode(), TEXT, "wört"),
    ],
)
def test_a_body_is_read_by_its_type(body: bytes, content_type: str | None, document: Any) -> None:
    assert read_body(an_answer(body, content_type)) == document


@pytest.mark.parametrize(
    "body", [b"{", b"NaN", b"1e400", b'"\xff"', b'"\\ud800"', b"\xff\xfe", nested(5_000), nested(1_000_000)]
)
def test_what_is_not_json_though_it_says_so_is_a_failure(body: bytes) -> None:
    failure = read_body(an_answer(body))
    assert isinstance(failure, Failure)
    assert (failure.type, failure.http_status) == (FailureType.INVALID_RESPONSE, 200)


def test_bytes_that_are_no_text_are_named_by_their_type_at_most_so_far() -> None:
    failure = read_body(an_answer(b"\xff", "image/" + "x" * 60_000))
    assert isinstance(failure, Failure)
    assert "image/x" in failure.message
    assert len(failure.message) < 400


@given(st.binary(max_size=80), st.sampled_from([None, "", JSON_TYPE, TEXT, "\xff"]))
@example(b"[" * 100_000, None)
def test_any_body_is_a_document_or_a_failure(body: bytes, content_type: str | None) -> None:
    read_body(an_answer(body, content_type))


async def test_without_a_transform_the_document_is_the_outcome() -> None:
    transformer: Any = None  # not asked
    assert await transform_response(a_plan(), an_answer(b"[1]"), transformer) == Success([1], 200)
    assert isinstance(await transform_response(a_plan(responseTransform="a"), an_answer(b"{"), transformer), Failure)


def test_what_is_nested_too_deeply_is_said_so_in_our_own_words() -> None:
    failure = read_body(an_answer(nested(5_000)))
    assert isinstance(failure, Failure)
    assert failure.message == "The answer is nested too deeply."
