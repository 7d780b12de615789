"""What the engine refuses to compile, told to a person.

No function is banned: the worker's limits hold whatever an expression does, and a ban would break what the
language promises. An expression is refused when it does not parse, is longer than 32 KiB, or nests deeper
than the engine's 1,000 levels.
"""

from jlens import JlensError

from connector_executor.transform.outcome import SYNTAX, TransformFailure

MAX_EXPRESSION_BYTES = 32 * 1024


def too_long(expression: str) -> TransformFailure | None:
    size_bytes = len(expression.encode(errors="replace"))
    if size_bytes <= MAX_EXPRESSION_BYTES:
        return None
    return TransformFailure(
        SYNTAX, f"The expression is {size_bytes} bytes long; at most {MAX_EXPRESSION_BYTES} are allowed."
    )


def described(error: JlensError) -> str:
    """The engine's message with the place it is about."""
    text = str(error).rstrip(".")
    return f"{text}." if error.position is None else f"{text} (at character {error.position})."
