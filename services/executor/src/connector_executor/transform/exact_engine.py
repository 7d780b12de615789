"""jsonata-python, for documents with integers that the Rust engine would round.

How it must be used (read in 0.7.1 and reproduced): bounds count from construction and a top-level assignment
survives in the expression's own frame, so every evaluation gets a frame of its own with fresh bounds;
functions look up the expression compiled last in the thread, so it is put back before every evaluation.
"""

import math
from collections import OrderedDict
from typing import Any, Final

from jsonata import JException, Jsonata, Timebox, Utils

from connector_executor.transform.exact_numbers import LARGEST_PLAIN_NUMBER, ExactExpression
from connector_executor.transform.outcome import INTERNAL, Outcome, Transformed, TransformFailure

MAX_DEPTH: Final = 500
RECURSION_LIMIT: Final = 10_000
"""Python frames that `MAX_DEPTH` levels of an expression may need."""
_DROPPED: Final = object()


class ExactEngine:
    """Keeps every integer of the document as it is."""

    def __init__(self, cache_entries: int) -> None:
        self._compiled: OrderedDict[str, Any] = OrderedDict()
        self._cache_entries = cache_entries

    def evaluate(self, expression: str, document: Any, bindings: dict[str, Any], deadline_seconds: float) -> Outcome:
        try:
            compiled = self._compile(expression)
            frame = _bounded_frame(compiled, bindings, deadline_seconds)
            Jsonata.CURRENT.jsonata = compiled
            return Transformed(_plain(compiled.evaluate(document, frame)))
        except JException as error:
            position = error.location if error.location > 0 else None
            return TransformFailure(error.error, _described(error), position)
        except (ZeroDivisionError, OverflowError):
            return TransformFailure("D1001", "A number is out of range.")
        except RecursionError:
            return TransformFailure("D1011", "The expression recurses too deeply.")
        except MemoryError:
            raise
        except Exception as error:  # the library lets whatever its own code stumbles over through
            return TransformFailure(INTERNAL, f"The transform failed ({type(error).__name__}).")

    def _compile(self, expression: str) -> Any:
        compiled = self._compiled.pop(expression, None) or ExactExpression(expression)
        self._compiled[expression] = compiled
        if len(self._compiled) > self._cache_entries:
            self._compiled.popitem(last=False)
        return compiled


def _bounded_frame(compiled: Any, bindings: dict[str, Any], deadline_seconds: float) -> Any:
    frame = compiled.create_frame()
    for name, value in bindings.items():
        frame.bind(name, value)
    Timebox(frame, round(deadline_seconds * 1000), MAX_DEPTH)
    return frame


def _described(error: JException) -> str:
    text = str(error).rstrip(".")
    return f"{text} (at character {error.location})." if error.location > 0 else f"{text}."


def _plain(value: Any) -> Any:
    kept = _jsonable(value)
    return None if kept is _DROPPED else kept


def _jsonable(value: Any) -> Any:
    """JSON as JavaScript would write it: whole numbers without a fraction, no functions, never NaN."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        return {_text(key): kept for key, item in value.items() if (kept := _jsonable(item)) is not _DROPPED}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return _DROPPED if value is not Utils.NULL_VALUE else None


def _text(value: str) -> str:
    """The parser leaves an escaped surrogate pair in two halves, which no encoder takes."""
    if value.isascii():
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _number(value: float) -> int | float:
    if not math.isfinite(value):
        raise JException("D1001", 0, value)
    return int(value) if value.is_integer() and abs(value) < LARGEST_PLAIN_NUMBER else value
