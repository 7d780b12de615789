"""Large answers are read by a worker: the loop goes on, and the outcome is the one that reading here would have."""

import json
from typing import Any

import msgspec
import pytest
from multidict import CIMultiDict

from connector_executor.outcome import Failure, Success
from connector_executor.stages.transform import transform_response
from connector_executor.transform import Transformer, TransformFailure
from connectors_shared.egress import HttpResponse
from tests.unit.executor.a_connector import a_plan

from .conftest import Heartbeat, running

MIB = 1024 * 1024
MOST_SECONDS = 0.3
"""Of processor time between two turns of the loop; decoding in it took five times as long."""


def an_answer(body: bytes) -> HttpResponse:
    return HttpResponse(200, CIMultiDict({"Content-Type": "application/json"}), body, len(body), "https://api.test/", 0)


@pytest.mark.parametrize("items", [200_000, 1_000_000])
async def test_ten_mebibytes_of_json_do_not_hold_the_loop(items: int) -> None:
    item = b'["' + b"x" * (10 * MIB // items - 5) + b'"],'
    body = b'{"items":[' + item * items + b'[2]],"name":"Ann"}'
    async with running(deadline_seconds=20.0) as transformer, Heartbeat() as heart:
        found = await transform_response(a_plan(responseTransform="name"), an_answer(body), transformer)
    assert isinstance(found, Success if items == 200_000 else Failure)
    assert heart.longest_hold_seconds < MOST_SECONDS


@pytest.mark.parametrize(
    ("expression", "document"),
    [
        ("a", {"a": {"b": [1, 2.5, "ü", None, True]}}),
        ("nothing", {"a": 1}),
        ("a", {"a": None}),
        ("a + 1", {"a": 2**60}),
        ("$sum(a.b)", {"a": [{"b": 1}, {"b": 2}]}),
        ("a.b(", {}),
        ('$number("x")', {}),
    ],
)
async def test_the_value_is_that_of_the_other_way(transformer: Transformer, expression: str, document: Any) -> None:
    here = await transformer.evaluate(expression, document)
    apart = await transformer.evaluate_apart(expression, json.dumps(document).encode())
    if isinstance(apart, TransformFailure):
        assert apart == here
    else:
        assert not isinstance(here, TransformFailure)
        assert msgspec.json.decode(msgspec.json.encode(apart.value)) == here.value


async def test_a_large_body_that_is_not_json_is_an_invalid_answer(transformer: Transformer) -> None:
    found = await transform_response(a_plan(responseTransform="a"), an_answer(b"{" * 300_000), transformer)
    assert isinstance(found, Failure)
    assert found.type.value == "invalid_response"
