"""What a transform gives back: a value, or the reason there is none."""

from dataclasses import dataclass
from typing import Any

import msgspec


class Transformed(msgspec.Struct):
    """`value` is JSON-ready; an undefined result is None, as JSON has no other word for it."""

    value: Any


@dataclass(frozen=True, slots=True)
class TransformFailure:
    """`code` is a JSONata code such as "T2001", or one of ours: "syntax", "timeout", "memory", "crashed",
    "result_too_large", "invalid_document", "busy". `message` is for a person. `position`: the characters of the
    expression up to the end of what it is about."""

    code: str
    message: str
    position: int | None = None


Outcome = Transformed | TransformFailure

SYNTAX = "syntax"
TIMEOUT = "timeout"
MEMORY = "memory"
CRASHED = "crashed"
RESULT_TOO_LARGE = "result_too_large"
INVALID_DOCUMENT = "invalid_document"
INTERNAL = "internal"
BUSY = "busy"

RUNAWAY_CODES = frozenset({TIMEOUT, MEMORY, CRASHED})


def timed_out(deadline_seconds: float) -> TransformFailure:
    return TransformFailure(TIMEOUT, f"The transform did not finish within {deadline_seconds:g} s.")


def result_too_large(limit_bytes: int) -> TransformFailure:
    return TransformFailure(RESULT_TOO_LARGE, f"The transform's result is larger than {limit_bytes} bytes.")


def out_of_memory() -> TransformFailure:
    return TransformFailure(MEMORY, "The transform needed more memory than a transform may use.")


def too_many(limit: int) -> TransformFailure:
    return TransformFailure(BUSY, f"More than {limit} transforms of this connector wait for a worker.")
