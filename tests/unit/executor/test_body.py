"""What of an answer is read in the executor's own process, what by a worker, and what by nobody."""

import gzip
import json
from typing import Any

import msgspec
import pytest
from multidict import CIMultiDict

from connector_executor.outcome import Failure, Success
from connector_executor.stages.body import APART_BYTES, APART_VALUES, COUNTED_BYTES, MOST_VALUES, Unread, read_body
from connector_executor.stages.transform import transform_response
from connector_executor.transform import Transformed, TransformFailure
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.topics import RESULT
from connectors_shared.egress import HttpResponse
from tests.unit.executor.a_connector import a_plan

MIB = 1024 * 1024


def an_answer(body: bytes, content_type: str | None = "application/json") -> HttpResponse:
    headers = {"Content-Type": content_type} if content_type else {}
    return HttpResponse(200, CIMultiDict(headers), body, len(body), "https://api.test/", 0.1)


class Worker:
    """Stands for the transformer: answers `outcome`, and remembers what it was asked in which way."""

    def __init__(self, outcome: Any = None) -> None:
        self.outcome = outcome
        self.asked: list[tuple[str, Any]] = []

    async def evaluate(self, expression: str, document: Any, **_: Any) -> Any:
        self.asked.append(("here", document))
        return Transformed(document)

    async def evaluate_apart(self, expression: str, body: bytes, **_: Any) -> Any:
        self.asked.append(("apart", body))
        return self.outcome


async def transformed(body: bytes, expression: str | None, worker: Any) -> Success | Failure:
    return await transform_response(a_plan(responseTransform=expression), an_answer(body), worker)


@pytest.mark.parametrize(
    ("body", "content_type", "document"),
    [
        (b"", "application/json", None),
        (b'{"a": 1}', "application/problem+json", {"a": 1}),
        (b"[1]", None, [1]),
        (b"text", None, "text"),
        (b'{"a": 1}', "text/plain", '{"a": 1}'),
        (b"x" * APART_BYTES * 2, "text/html", "x" * APART_BYTES * 2),
    ],
)
def test_an_ordinary_answer_is_read_here(body: bytes, content_type: str | None, document: Any) -> None:
    assert read_body(an_answer(body, content_type)) == document


@pytest.mark.parametrize(("body", "type_"), [(b"{", "application/json"), (b"\xff\xfe", "text/plain")])
def test_what_is_neither_json_nor_text_is_an_invalid_answer(body: bytes, type_: str) -> None:
    found = read_body(an_answer(body, type_))
    assert isinstance(found, Failure)
    assert found.type is FailureType.INVALID_RESPONSE


def test_large_json_is_not_read_here_and_neither_is_a_smaller_one_of_many_values() -> None:
    long = b'"' + b"x" * APART_BYTES + b'"'
    dense = b"[" + b"[]," * APART_VALUES + b"1]"
    assert COUNTED_BYTES < len(dense) < APART_BYTES
    assert read_body(an_answer(long)) == Unread(long)
    assert read_body(an_answer(dense)) == Unread(dense)
    assert read_body(an_answer(dense[: COUNTED_BYTES - 3].rstrip(b",[]") + b"]]")) is not None


def test_ten_kilobytes_of_gzip_with_millions_of_values_are_refused_unread() -> None:
    body = b"[" + b"[]," * (10 * MIB // 3 - 2) + b"1]"
    assert len(gzip.compress(body)) < 20_000
    found = read_body(an_answer(body))
    assert isinstance(found, Failure)
    assert found.type is FailureType.INVALID_RESPONSE
    assert f"{MOST_VALUES:,}" in found.message


async def test_a_small_document_is_transformed_here_a_large_one_by_a_worker_from_its_bytes() -> None:
    worker = Worker(Transformed(msgspec.Raw(b"[1]")))
    large = json.dumps({"a": "x" * APART_BYTES}).encode()
    assert await transformed(b"[1]", "$", worker) == Success([1], 200)
    found = await transformed(large, "$", worker)
    assert isinstance(found, Success)
    assert bytes(found.data) == b"[1]"
    assert worker.asked == [("here", [1]), ("apart", large)]


@pytest.mark.parametrize(
    ("code", "type_"),
    [("invalid_document", FailureType.INVALID_RESPONSE), ("timeout", FailureType.TRANSFORM_FAILED)],
)
async def test_what_a_worker_says_of_a_large_document_is_told_as_for_a_small_one(code: str, type_: FailureType) -> None:
    found = await transformed(b" " * APART_BYTES + b"{}", "$", Worker(TransformFailure(code, "no")))
    assert isinstance(found, Failure)
    assert found.type is type_


@pytest.mark.parametrize("value", [{"a": ["ü", 1.5, None]}, [[]] * APART_VALUES * 2, "x" * APART_BYTES])
async def test_a_large_document_without_a_transform_is_the_same_without_its_blanks(value: Any) -> None:
    body = json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n" * APART_BYTES
    found = await transformed(body, None, Worker())
    assert isinstance(found, Success)
    written = msgspec.json.encode(found.data)
    assert json.loads(written) == value
    assert len(written) <= len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


@pytest.mark.parametrize("odd", [b"{", b"[1,]", b'{"a": 01}', b'"\xff"', b"[" * 100_000])
async def test_a_large_document_that_is_not_json_is_an_invalid_answer(odd: bytes) -> None:
    found = await transformed(odd + b" " * APART_BYTES, None, Worker())
    assert isinstance(found, Failure)
    assert found.type is FailureType.INVALID_RESPONSE


async def test_a_document_that_no_topic_takes_is_not_even_looked_at() -> None:
    body = b"x" * (RESULT.largest + 1)
    found = await transformed(body, None, Worker())
    assert isinstance(found, Success)
    assert bytes(found.data) == body, "and its size is what the result will tell"
