"""A search for the expression and the document that cost most in process: hill climbing from a seed."""

import random
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from connector_executor.transform.inline import Plan, compile_plan
from connector_executor.transform.inline.values import Exhausted

LEAVES = ["a", "b", "c", "$", "$$", "$$.a", "a.b", "a.c", "*", "a.*", '"x"', "1", "-1", "c.c", "a[0]", "a[-1].b", "$v"]
SHAPES = [
    "{0}.{1}", "({0}).({1})", "({0})[{1}]", "({0})[{1} = {2}]", "[{0}, {1}]", "({0} & {1})", "({0} & {0} & {1})",
    "{{'k': {0}, 'l': {1}}}", "({0}).{{'k': {1}, 'm': {2}}}", "({0} = {1})", "({0} in {1})", "({0} ? {1} : {2})",
    "($v := {0}; $w := [$v, $v]; {1})", "($v := {0} & {0}; $v & $v)", "$string({0})", "$string([{0}, {1}])",
    "$map({0}, function($v) {{ {1} }})", "$map({0}, function($v) {{ $map({1}, function($w) {{ {2} }}) }})",
    "$filter({0}, function($v) {{ {1} }})", "$reduce({0}, function($v, $w) {{ $v & {1} }})",
    "$each({0}, function($v) {{ {1} }})", "$count({0})", "$count({0}.{1})", "$sum({0})", "$distinct({0})",
    "$keys({0})", "$merge([{0}, {1}])", "$append({0}, {1})", "$reverse({0})", "$sort({0})", "({0})^({1}, >{2})",
    "({0}){{$string({1}): {2}}}", "$uppercase({0})", "$lowercase({0} & {1})", "$trim({0})", "$length({0})",
    "$join({0}, {1})", "$split({0}, {1})", "$replace({0}, {1}, {2})", "$replace({0}, 'x', {1})", "$pad({0}, 100000)",
    "$pad($string({0}), -$count({1}), 'x')", "$contains({0}, {1})", "$substringAfter({0}, {1})", "$exists({0})",
    "$boolean({0})", "$lookup({0}, {1})", "({0}) ~> $string", "({0} ?? {1})", "{0}^({1})", "$number({0})",
    "$substring({0}, 1)", "$map({0}, $string)", "({0}).*", "({0})[[0, 1]]", "({0}){{b: {1}, c: {2}}}",
]  # fmt: skip
TEXTS = ["x", '"', "\x01", "é", "\u0130", "\U0001f600", " ", "x y", "ab" * 20]
ITEMS: list[Callable[[str, int], Any]] = [
    lambda text, _size: {"b": text, "c": {"c": [text, 1]}},
    lambda text, size: {"b": size, "c": [[text], [text]]},
    lambda text, _size: text,
    lambda _text, size: size,
    lambda text, size: {f"{text}{n}": n for n in range(size % 40)},
    lambda text, _size: [[text, text], [{"b": text}]],
    lambda text, size: [{"b": text * (size % 50)}] * 3,
]
MAX_DOCUMENT_CHARACTERS = 100_000
Tree = tuple[Any, ...]


@dataclass(frozen=True)
class Candidate:
    tree: Tree
    item: int
    text: str
    repeated: int
    count: int

    @property
    def expression(self) -> str:
        return written(self.tree)

    @property
    def document(self) -> Any:
        text = self.text * self.repeated
        count = min(self.count, MAX_DOCUMENT_CHARACTERS // len(text) + 1)
        items = [ITEMS[self.item](text[:2000], number) for number in range(count)]
        return {"a": items, "b": text, "c": {f"{number}{self.text}": items[:3] for number in range(count % 100)}}


def written(tree: Tree) -> str:
    shape, *parts = tree
    return str(shape).format(*(written(part) for part in parts)) if parts else str(shape)


def grown(rng: random.Random, depth: int) -> Tree:
    if depth == 0 or rng.random() < 0.15:
        return (rng.choice(LEAVES),)
    shape = rng.choice(SHAPES)
    return (shape, *(grown(rng, depth - 1) for _ in range(3)))


def random_candidate(rng: random.Random) -> Candidate:
    return Candidate(
        grown(rng, rng.randint(1, 5)),
        rng.randrange(len(ITEMS)),
        rng.choice(TEXTS),
        rng.choice([1, 1, 10, 100, 3000, 100_000]),
        rng.choice([1, 10, 60, 300, 2000]),
    )


def changed(rng: random.Random, found: Candidate) -> Candidate:
    other = random_candidate(rng)
    match rng.randrange(6):
        case 0:
            return Candidate(found.tree, other.item, found.text, found.repeated, found.count)
        case 1:
            return Candidate(found.tree, found.item, other.text, other.repeated, found.count)
        case 2:
            count = max(1, int(found.count * rng.uniform(0.3, 2.5)))
            return Candidate(found.tree, found.item, found.text, found.repeated, min(count, 5_000))
        case 3:
            return Candidate((rng.choice(SHAPES), found.tree, found.tree, other.tree), *_rest(found))
        case _:
            return Candidate(_regrown(rng, found.tree), *_rest(found))


def _rest(found: Candidate) -> tuple[int, str, int, int]:
    return found.item, found.text, found.repeated, found.count


def _regrown(rng: random.Random, tree: Tree) -> Tree:
    if len(tree) == 1 or rng.random() < 0.3:
        return grown(rng, rng.randint(0, 3))
    index = rng.randrange(1, len(tree))
    return (*tree[:index], _regrown(rng, tree[index]), *tree[index + 1 :])


def cost(found: Candidate, measure: Callable[[Plan, Any], float]) -> float:
    """0 for an expression that is not accepted."""
    expression = found.expression
    plan = compile_plan(expression, 512 * 1024) if len(expression) < 2000 else None
    return 0.0 if plan is None else measure(plan, found.document)


def processor_seconds(plan: Plan, document: Any) -> float:
    """Of this thread, for the cheaper of two runs, whether they come to an end or are given up."""
    return min(_seconds_of_one(plan, document) for _ in range(2))


def _seconds_of_one(plan: Plan, document: Any) -> float:
    before = time.thread_time()
    attempt(plan, document)
    return time.thread_time() - before


def attempt(plan: Plan, document: Any) -> object:
    with suppress(Exhausted):
        return plan.attempt(document)
    return None


def peak_bytes(plan: Plan, document: Any) -> float:
    """What one run had allocated at most at once."""
    tracemalloc.start()
    try:
        attempt(plan, document)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def climb(seed: int, steps: int, measure: Callable[[Plan, Any], float]) -> tuple[float, Candidate]:
    """The worst that was found, with its cost as `measure` gives it."""
    rng = random.Random(seed)
    worst = [(0.0, random_candidate(rng))]
    for step in range(steps):
        candidate = random_candidate(rng) if step % 4 == 0 else changed(rng, rng.choice(worst)[1])
        worst = sorted([*worst, (cost(candidate, measure), candidate)], key=lambda pair: -pair[0])[:8]
    return worst[0]
