"""The official JSONata test suite (jsonata-js/jsonata 2.2.2), against each engine and against the product's route.

`jsonata_differences.json` names every case that differs, per route: "value" (another value, or a value instead
of an error or the reverse) or "code" (an error, with another code). It is a ratchet: a case that starts or
stops to differ fails the test.
"""

import json
import math
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jlens import Expression, JlensError

from connector_executor.transform import Transformed, Transformer, TransformFailure
from connector_executor.transform.exact_engine import RECURSION_LIMIT, ExactEngine
from connector_executor.transform.inline import compile_plan

from .conftest import FolderOf, Report

CASES = 1686
DIFFERENCES = Path(__file__).with_name("jsonata_differences.json")
DEADLINE_SECONDS = 10.0
PATIENCE = 5  # the suite's limits are for a machine that does nothing else
Outcome = Transformed | TransformFailure


@dataclass(frozen=True)
class Case:
    name: str
    expression: str
    document: Any
    body: bytes
    bindings: dict[str, Any]
    expected: Any
    expected_code: str | None
    unordered: bool
    deadline_seconds: float

    def difference(self, outcome: Outcome) -> str | None:
        """None when `outcome` is what the suite asks for."""
        failed = isinstance(outcome, TransformFailure)
        if failed != (self.expected_code is not None):
            return "value"
        if isinstance(outcome, TransformFailure):
            return None if self._is_code(outcome.code) else "code"
        return None if alike(outcome.value, self.expected, unordered=self.unordered) else "value"

    def _is_code(self, code: str) -> bool:
        assert self.expected_code is not None
        return code == self.expected_code or (code == "syntax" and self.expected_code.startswith("S"))


def alike(left: Any, right: Any, *, unordered: bool = False) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right or math.isclose(left, right, rel_tol=1e-14)
    if isinstance(left, list) and isinstance(right, list):
        if unordered:
            left, right = sorted(left, key=json.dumps), sorted(right, key=json.dumps)
        return len(left) == len(right) and all(map(alike, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(alike(left[key], right[key]) for key in left)
    return type(left) is type(right) and left == right


def a_case(raw: dict[str, Any], datasets: dict[str, Any]) -> Case:
    document = datasets[raw["dataset"]] if "dataset" in raw else raw.get("data")
    return Case(
        name=f"{raw['group']}/{raw['case']}",
        expression=raw["expr"],
        document=document,
        body=b"" if raw.get("noInput") else json.dumps(document).encode(),
        bindings=raw["bindings"],
        expected=raw.get("result"),
        expected_code=raw.get("code") or raw.get("error", {}).get("code"),
        unordered=raw.get("unordered", False),
        deadline_seconds=PATIENCE * raw.get("timelimit", DEADLINE_SECONDS * 1000) / 1000,
    )


@pytest.fixture
def cases(conformance_folder: FolderOf) -> list[Case]:
    folder = conformance_folder("jsonata", CASES)
    datasets = json.loads((folder / "datasets.json").read_text())
    raw = [case for name in ("suite_1.json", "suite_2.json") for case in json.loads((folder / name).read_text())]
    assert len(raw) == CASES
    return [a_case(case, datasets) for case in raw]


@pytest.fixture
async def transformer() -> AsyncIterator[Transformer]:
    transformer = Transformer()
    await transformer.start()
    yield transformer
    await transformer.close()


def assert_ratchet(route: str, outcomes: list[tuple[Case, Outcome]], report: Report) -> None:
    """Fails when the differing cases are not exactly the known ones."""
    found = {case.name: kind for case, outcome in outcomes if (kind := case.difference(outcome)) is not None}
    exact = len(outcomes) - len(found)
    any_code = exact + list(found.values()).count("code")
    report(f"JSONata, {route}: {exact:,} of {CASES:,} cases exactly, {any_code:,} with any error code")
    assert found == json.loads(DIFFERENCES.read_text())[route]


async def test_the_route_of_the_product_differs_only_where_it_is_known_to(
    cases: list[Case], transformer: Transformer, conformance_report: Report
) -> None:
    outcomes = [(case, await evaluate_as_the_product(transformer, case)) for case in cases]
    assert_ratchet("route", outcomes, conformance_report)


async def test_the_fast_path_takes_its_share_of_the_suite_and_differs_nowhere(
    cases: list[Case], transformer: Transformer
) -> None:
    answers = [
        (case, outcome)
        for case in cases
        if not case.bindings and (outcome := transformer.try_fast(case.expression, case.document)) is not None
    ]
    assert len(answers) >= 542
    assert [case.name for case, outcome in answers if case.difference(outcome) == "value"] == []


def test_most_of_what_people_write_is_evaluated_in_process(
    conformance_folder: FolderOf, conformance_report: Report
) -> None:
    shapes = json.loads((conformance_folder("jsonata", CASES) / "usual_shapes.json").read_text())
    here = [shape for shape in shapes if compile_plan(shape, 1000) is not None]
    conformance_report(f"JSONata, usual shapes: {len(here)} of {len(shapes)} in process")
    assert len(here) >= 28


def test_jlens_differs_only_where_it_is_known_to(cases: list[Case], conformance_report: Report) -> None:
    assert_ratchet("jlens", [(case, evaluate_with_jlens(case)) for case in cases], conformance_report)


@pytest.mark.timeout(480)  # half a minute of work on an idle core
def test_jsonata_python_differs_only_where_it_is_known_to(cases: list[Case], conformance_report: Report) -> None:
    engine = ExactEngine(CASES)
    with recursion_limit(RECURSION_LIMIT):
        outcomes = [(case, evaluate_exactly(engine, case)) for case in cases]
    assert_ratchet("jsonata-python", outcomes, conformance_report)


async def evaluate_as_the_product(transformer: Transformer, case: Case) -> Outcome:
    return await transformer.evaluate(
        case.expression,
        case.document,
        case.body,
        deadline_seconds=case.deadline_seconds,
        bindings=case.bindings,
    )


def evaluate_with_jlens(case: Case) -> Outcome:
    try:
        text = case.body.decode() or None
        value = Expression(case.expression).evaluate_json(text, case.bindings, timeout=case.deadline_seconds)
    except JlensError as error:
        return TransformFailure(error.code, str(error))
    except UnicodeEncodeError:
        return TransformFailure("not text", "half a surrogate pair")
    return Transformed(None if value is None else json.loads(value))


def evaluate_exactly(engine: ExactEngine, case: Case) -> Outcome:
    document = json.loads(case.body or b"null")
    return engine.evaluate(case.expression, document, case.bindings, case.deadline_seconds)


@contextmanager
def recursion_limit(frames: int) -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(frames)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
