"""Expressions, compiled for this process."""

from collections import OrderedDict
from typing import Any, Final

import msgspec

from connector_executor.transform.inline.compiler import Compiler
from connector_executor.transform.inline.parser import parse
from connector_executor.transform.inline.values import (
    MAX_BYTES_PER_UNIT,
    UNDEFINED,
    Exhausted,
    Refused,
    Run,
    json_ready,
)
from connector_executor.transform.outcome import Transformed

_MOST_SKIPPED: Final = 256


class Plan:
    """`run` costs at most what `Run` has to spend."""

    __slots__ = ("_cost", "_evaluate", "_max_result_bytes", "_skip", "_skipped", "_variables")

    def __init__(self, expression: str, max_result_bytes: int) -> None:
        """Raises Refused."""
        compiler = Compiler()
        code = compiler.compile(parse(expression))
        self._evaluate, self._cost = code.evaluate, code.cost
        self._variables = compiler.variables
        self._max_result_bytes = max_result_bytes
        self._skip = self._skipped = 0

    def run(self, document: Any) -> Transformed | None:
        """None when a worker must answer: an error, too much to do, or numbers that engines treat differently.

        An expression that was too much for a document is tried with fewer of those that follow."""
        if self._skipped < self._skip:
            self._skipped += 1
            return None
        try:
            outcome = self.attempt(document)
        except Exhausted:
            self._skip, self._skipped = min(2 * self._skip + 1, _MOST_SKIPPED), 0
            return None
        self._skip = 0
        return outcome

    def attempt(self, document: Any) -> Transformed | None:
        """As `run`, of every document. Raises Exhausted when it was too much."""
        if document is None:
            return None
        try:
            return Transformed(self._run(document))
        except Exhausted:
            raise
        except Exception:  # whatever it was, a worker's engine has the last word
            return None

    def _run(self, document: Any) -> Any:
        run = Run(document, self._variables)
        run.pay(self._cost)
        value = self._evaluate(run.context, run)
        if value is UNDEFINED:
            return None
        before = run.left
        ready = json_ready(value, run)
        units = before - run.left
        if units * MAX_BYTES_PER_UNIT > self._max_result_bytes:
            run.pay(units)
            self._measure(ready)
        return ready

    def _measure(self, value: Any) -> None:
        if len(msgspec.json.encode(value)) > self._max_result_bytes:
            raise Refused


def compile_plan(expression: str, max_result_bytes: int) -> Plan | None:
    """None when a worker must evaluate `expression`, or it is not JSONata at all."""
    try:
        return Plan(expression, max_result_bytes)
    except (Refused, RecursionError):
        return None


class Plans:
    """The plans of the expressions seen last; an expression that needs a worker is remembered as None."""

    def __init__(self, max_entries: int, max_result_bytes: int) -> None:
        self._plans: OrderedDict[str, Plan | None] = OrderedDict()
        self._max_entries = max_entries
        self._max_result_bytes = max_result_bytes

    def find(self, expression: str) -> Plan | None:
        try:
            plan = self._plans[expression]
        except KeyError:
            return self._add(expression)
        self._plans.move_to_end(expression)
        return plan

    def _add(self, expression: str) -> Plan | None:
        plan = compile_plan(expression, self._max_result_bytes)
        self._plans[expression] = plan
        if len(self._plans) > self._max_entries:
            self._plans.popitem(last=False)
        return plan
