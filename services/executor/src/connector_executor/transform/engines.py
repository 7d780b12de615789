"""Which engine answers, inside a worker: jlens, unless it would round an integer that the expression holds or reads."""

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

import msgspec
from jlens import Expression, JlensError

from connector_executor.transform.exact_engine import ExactEngine
from connector_executor.transform.outcome import (
    INVALID_DOCUMENT,
    SYNTAX,
    TransformFailure,
    out_of_memory,
    result_too_large,
    timed_out,
)
from connector_executor.transform.wire import Answer, Request
from connectors_shared.definition.transforms import described, too_long

MAX_TEXT_BYTES: Final = 16 * 1024 * 1024
SHARE_OF_DEADLINE: Final = 0.9
"""The engine gives up by itself a little before the worker would be killed, which spares a restart."""
_MANY_DIGITS: Final = re.compile(rb"[0-9]{16}")
_MAX_EXACT_INTEGER: Final = 2**53 - 1
_WIDE_DIGITS: Final = 16
_NUMBER_OF_TEXT: Final = "$number"
_OUT_OF_TIME: Final = "D1012"


class Engines:
    def __init__(self, cache_entries: int, max_result_bytes: int) -> None:
        self._compiled: OrderedDict[str, Expression] = OrderedDict()
        self._cache_entries = cache_entries
        self._max_result_bytes = max_result_bytes
        self._exact = ExactEngine(cache_entries)

    def answer(self, request: Request) -> Answer:
        """Never raises for anything an expression or a document does."""
        try:
            return self._answer(request)
        except JlensError as error:
            return _failed(self._failure(error, request.deadline_seconds))
        except MemoryError:
            return _failed(out_of_memory(), retiring=True)
        except RecursionError:
            return _failed(TransformFailure(INVALID_DOCUMENT, "The document is nested too deep."))
        except ValueError as error:
            return _failed(TransformFailure(INVALID_DOCUMENT, f"The document is not JSON: {error}."))

    def _answer(self, request: Request) -> Answer:
        refused = too_long(request.expression)
        if refused is not None:
            return _failed(TransformFailure(SYNTAX, refused))
        expression = self._compile(request.expression)
        bindings = msgspec.json.decode(request.bindings, type=dict[str, Any]) if request.bindings else {}
        if _holds_wide_integer(request, expression, bindings):
            return self._answer_exactly(request, bindings)
        return self._answer_fast(request, expression, bindings)

    def _answer_fast(self, request: Request, expression: Expression, bindings: dict[str, Any]) -> Answer:
        value = expression.evaluate_json(
            request.document.decode() or None,
            bindings,
            timeout=request.deadline_seconds * SHARE_OF_DEADLINE,
            max_string_length=MAX_TEXT_BYTES,
            max_result_size=self._max_result_bytes,
        )
        return self._fitting(b"null" if value is None else value.encode())

    def _answer_exactly(self, request: Request, bindings: dict[str, Any]) -> Answer:
        document = msgspec.json.decode(request.document or b"null")
        seconds = request.deadline_seconds * SHARE_OF_DEADLINE
        outcome = self._exact.evaluate(request.expression, document, bindings, seconds)
        if isinstance(outcome, TransformFailure):
            return _failed(timed_out(request.deadline_seconds) if outcome.code == _OUT_OF_TIME else outcome)
        return self._fitting(msgspec.json.encode(outcome.value))

    def _compile(self, source: str) -> Expression:
        compiled = self._compiled.pop(source, None) or Expression(source)
        self._compiled[source] = compiled
        if len(self._compiled) > self._cache_entries:
            self._compiled.popitem(last=False)
        return compiled

    def _fitting(self, value: bytes) -> Answer:
        if len(value) > self._max_result_bytes:
            return _failed(result_too_large(self._max_result_bytes))
        return Answer(value)

    def _failure(self, error: JlensError, deadline_seconds: float) -> TransformFailure:
        if error.code == _OUT_OF_TIME:
            return timed_out(deadline_seconds)
        if error.code.startswith("S"):
            return TransformFailure(SYNTAX, described(error), error.position)
        if error.code == "U1001" and str(error).startswith("The result would exceed"):
            return result_too_large(self._max_result_bytes)
        return TransformFailure(error.code, described(error), error.position)


def _failed(failure: TransformFailure, *, retiring: bool = False) -> Answer:
    return Answer(None, failure.code, failure.message, retiring, position=failure.position)


def _holds_wide_integer(request: Request, expression: Expression, bindings: dict[str, Any]) -> bool:
    if _MANY_DIGITS.search(request.expression.encode(errors="replace")):
        return True
    is_wide = _is_wide_or_its_text if _NUMBER_OF_TEXT in request.expression else _is_wide
    if _reads(is_wide, bindings, True):
        return True
    if not _MANY_DIGITS.search(request.document):
        return False
    reads = expression.reads(bindings).get("input", {})
    return _reads(is_wide, msgspec.json.decode(request.document), reads)


def _reads(is_wide: Callable[[Any], bool], value: Any, reads: Any) -> bool:
    if isinstance(value, list):
        return any(_reads(is_wide, item, reads) for item in value)
    if isinstance(value, dict):
        if reads is True:
            return any(_reads(is_wide, item, True) for item in value.values())
        return any(_reads(is_wide, value[name], inner) for name, inner in reads.items() if name in value)
    return is_wide(value)


def _is_wide(value: Any) -> bool:
    return type(value) is int and abs(value) > _MAX_EXACT_INTEGER


def _is_wide_or_its_text(value: Any) -> bool:
    return _is_wide(value) or (
        type(value) is str and len(value) >= _WIDE_DIGITS and value.removeprefix("-").isdecimal()
    )
