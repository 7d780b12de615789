"""Expressions made to hang, to fill the memory or to kill: they fail alone, and nobody else notices."""

import asyncio
from typing import Any

import psutil
import pytest

from connector_executor.transform import Transformed, Transformer, TransformFailure

from .conftest import DISTINCT, Heartbeat, running

MEMORY_LIMIT_BYTES = 256 * 1024 * 1024
WIDE: dict[str, Any] = {"wide": 9007199254740993}
MANY: dict[str, Any] = {"items": [{"id": f"{number}"} for number in range(30_000)]}

HOSTILE: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "endless loop": ("($f := function($x) { $f($x) }; $f(1))", {}, {"timeout"}),
    "endless recursion": ("($f := function($x) { 1 + $f($x) }; $f(1))", {}, {"D1011", "timeout"}),
    "distinct of many objects": ('$distinct([1..60000].{"a": $})', {}, {"timeout"}),
    "distinct of many items": ("$distinct(items)", MANY, {"timeout"}),
    "regular expression": ("$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(a+)+$/)", {}, {"timeout"}),
    "padding": ('$pad("a", 2000000000)', {}, {"D2016"}),
    "doubling text": ('($f := function($s) { $f($s & $s) }; $f("aaaa"))', {}, {"U1001", "memory", "timeout"}),
    "doubling arrays": ("($f := function($s) { $f([$s, $s]) }; $f('aaaa'))", {}, {"memory", "timeout"}),
    "doubling steps": ("$count([$,$]" + ".[$,$]" * 40 + ")", {"a": 1}, {"memory", "timeout"}),
    "wide range": ("[1..9999999].($ & 'x')", {}, {"memory", "timeout"}),
    "large result": ("[1..900000]", {}, {"result_too_large", "memory"}),
    "evaluation of text": ('$eval("($f := function($x) { $f($x) }; $f(1))")', {}, {"timeout", "D3121"}),
    "exact engine: endless loop": ("($w := wide; $f := function($x) { $f($x) }; $f(1))", WIDE, {"timeout"}),
    "exact engine: distinct": ("($w := wide; $distinct([1..60000].{'a': $}))", WIDE, {"timeout", "memory"}),
    "exact engine: regular expression": (
        "($w := wide; $match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(a+)+$/))",
        WIDE,
        {"timeout"},
    ),
    "exact engine: padding": ('($w := wide; $pad("a", 2000000000))', WIDE, {"memory", "timeout"}),
    "exact engine: wide range": ("($w := wide; [1..9999999].($ & 'x'))", WIDE, {"memory", "timeout"}),
}


@pytest.mark.alone
@pytest.mark.parametrize(("expression", "document", "codes"), HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_hostile_expression_fails_alone(expression: str, document: dict[str, Any], codes: set[str]) -> None:
    async with running(deadline_seconds=0.5) as transformer, Heartbeat() as heartbeat:
        hostile = asyncio.create_task(transformer.evaluate(expression, document))
        others = [asyncio.create_task(transformer.evaluate(DISTINCT, {"a": [n, n]})) for n in range(10)]
        beats_before = heartbeat.beats
        outcome = await hostile
        beats_meanwhile = heartbeat.beats - beats_before
        assert isinstance(outcome, TransformFailure)
        assert outcome.code in codes, outcome
        assert await asyncio.gather(*others) == [Transformed([n]) for n in range(10)]
        assert resident_bytes(transformer) < MEMORY_LIMIT_BYTES
    assert heartbeat.longest_hold_seconds < 0.05
    assert beats_meanwhile > 5 or outcome.code != "timeout"


async def test_an_expression_that_ran_away_waits_in_quarantine_and_others_do_not() -> None:
    endless = HOSTILE["regular expression"][0]
    async with running(deadline_seconds=0.3) as transformer:
        first = await transformer.evaluate(endless, {})
        hostile = [asyncio.create_task(transformer.evaluate(endless, {})) for _ in range(10)]
        others = [await transformer.evaluate(DISTINCT, {"a": [n, n]}) for n in range(50)]
        assert isinstance(first, TransformFailure)
        assert others == [Transformed([n]) for n in range(50)]
        assert not any(task.done() for task in hostile[1:]), "the healthy waited for the hostile"
        assert transformer.waiting >= len(hostile) - 1


async def test_quarantine_ends() -> None:
    now = [0.0]
    async with running(deadline_seconds=0.2, clock=lambda: now[0]) as transformer:
        expression = "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' & end, /^(a+)+$/)"
        assert isinstance(await transformer.evaluate(expression, {"end": "!"}), TransformFailure)
        assert isinstance(await transformer.evaluate(expression, {"end": "a"}), Transformed)
        assert len(transformer.worker_pids) == 2
        now[0] = 301.0
        quarantine = psutil.Process(transformer.worker_pids[1])
        quarantine.suspend()
        assert isinstance(await transformer.evaluate(expression, {"end": "a"}), Transformed)
        quarantine.resume()


def resident_bytes(transformer: Transformer) -> int:
    return max((psutil.Process(pid).memory_info().rss for pid in transformer.worker_pids), default=0)
