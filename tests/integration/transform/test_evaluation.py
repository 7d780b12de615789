"""Evaluations through real workers."""

import asyncio
import json
from typing import Any

import pytest

from connector_executor.transform import Transformed, Transformer, TransformFailure, Turn

from .conftest import DISTINCT, running

NEEDS_A_WORKER = "$map(items, function($item) { $item.id & '/' & $tenant })"
WIDE = 9007199254740993


async def test_what_is_not_evaluated_in_process_is_evaluated_in_a_worker(transformer: Transformer) -> None:
    assert transformer.try_fast(DISTINCT, {"a": [1, 1]}) is None
    assert await transformer.evaluate(DISTINCT, {"a": [1, 1, 2]}) == Transformed([1, 2])


async def test_a_plain_expression_needs_no_worker() -> None:
    assert await Transformer().evaluate("a & 'x'", {"a": 1}) == Transformed("1x")


async def test_a_plain_expression_over_wide_integers_is_exact(transformer: Transformer) -> None:
    outcome = await transformer.evaluate('{"id": id, "path": "/" & id}', {"id": WIDE})
    assert outcome == Transformed({"id": WIDE, "path": f"/{WIDE}"})


async def test_a_document_that_is_too_much_in_process_is_answered_by_a_worker(transformer: Transformer) -> None:
    document = {"items": [{"id": number, "text": "x" * 50} for number in range(3000)]}
    mapping = "items.{'id': id, 'name': text & '/' & id}"
    assert transformer.try_fast(mapping, document) is None
    outcome = await transformer.evaluate(mapping, document)
    assert outcome == Transformed([{"id": n, "name": f"{'x' * 50}/{n}"} for n in range(3000)])


async def test_the_body_is_used_instead_of_the_document(transformer: Transformer) -> None:
    assert await transformer.evaluate(DISTINCT, {"a": 1}, b'{"a": [2, 2, 3]}') == Transformed([2, 3])


async def test_bindings_are_variables(transformer: Transformer) -> None:
    outcome = await transformer.evaluate("id = $id", {"id": 1}, bindings={"id": 1})
    assert outcome == Transformed(True)


async def test_failures_carry_the_code_of_the_language(transformer: Transformer) -> None:
    outcome = await transformer.evaluate("$number('x')", {"a": 1})
    assert isinstance(outcome, TransformFailure)
    assert outcome.code == "D3030"


@pytest.mark.parametrize(("expression", "code"), [("a[", "syntax"), ("'\ud800'", "invalid_document")])
async def test_what_cannot_be_read_is_a_failure(transformer: Transformer, expression: str, code: str) -> None:
    outcome = await transformer.evaluate(expression, {})
    assert isinstance(outcome, TransformFailure)
    assert outcome.code == code


async def test_a_large_body_goes_through_the_pipe(transformer: Transformer) -> None:
    items = [{"id": number, "text": "x" * 100} for number in range(50_000)]
    body = json.dumps({"items": items}).encode()
    outcome = await transformer.evaluate("$max(items.id)", {"items": items}, body, deadline_seconds=20.0)
    assert outcome == Transformed(49_999)


async def test_hundreds_at_once_each_get_their_own_answer() -> None:
    async with running(workers=2) as transformer:
        outcomes = await asyncio.gather(
            *(
                transformer.evaluate(
                    NEEDS_A_WORKER,
                    {"items": [{"id": number}] * 2},
                    bindings={"tenant": f"t{number}"},
                    turn=Turn("w", f"c{number % 4}"),
                )
                for number in range(400)
            )
        )
    assert outcomes == [Transformed([f"{number}/t{number}"] * 2) for number in range(400)]


@pytest.mark.parametrize("extra", [{}, {"wide": WIDE}])
async def test_nothing_of_one_evaluation_reaches_the_next(transformer: Transformer, extra: dict[str, Any]) -> None:
    expression = "($seen := secret ? secret : $seen; $wide := wide; $seen)"
    assert await transformer.evaluate(expression, {"secret": "of tenant A"} | extra) == Transformed("of tenant A")
    assert await transformer.evaluate(expression, {"nothing": 1} | extra) == Transformed(None)
    assert await transformer.evaluate("$seen", {"nothing": 1} | extra) == Transformed(None)


async def test_a_cancelled_evaluation_disturbs_no_other(transformer: Transformer) -> None:
    cancelled = asyncio.create_task(transformer.evaluate("$sum([1..50000].($ * 2))", {}))
    following = [asyncio.create_task(transformer.evaluate(DISTINCT, {"a": [n, n]})) for n in range(20)]
    await asyncio.sleep(0)
    cancelled.cancel()
    assert await asyncio.gather(*following) == [Transformed([n]) for n in range(20)]
    assert cancelled.cancelled() or cancelled.done()
