"""Which JSONata may be saved as a response transform.

No function is banned: the limits of whoever evaluates hold whatever an expression does, and a ban would break what
the language promises. An expression is refused when it does not parse, is longer than 32 KiB, or nests deeper than
the engine's 1,000 levels. The engine's own parser decides; it is linear and takes some ten milliseconds at most.
It is loaded when it is first asked, because the executor at its start has nothing to ask.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jlens import JlensError

MAX_EXPRESSION_BYTES: Final = 32 * 1024
HALF_A_PAIR: Final = "The expression holds half of a surrogate pair, which is not text."


def syntax_error(expression: str) -> str | None:
    """None when `expression` can be evaluated, else a sentence that says why not and where."""
    from jlens import Expression, JlensError

    refused = too_long(expression)
    if refused is not None:
        return refused
    try:
        Expression(expression)
    except JlensError as error:
        return described(error)
    except UnicodeEncodeError:
        return HALF_A_PAIR
    return None


def too_long(expression: str) -> str | None:
    size_bytes = len(expression.encode(errors="replace"))
    if size_bytes <= MAX_EXPRESSION_BYTES:
        return None
    return f"The expression is {size_bytes} bytes long; at most {MAX_EXPRESSION_BYTES} are allowed."


def described(error: "JlensError") -> str:
    """The engine's message with the place it is about."""
    text = str(error).rstrip(".")
    return f"{text}." if error.position is None else f"{text} (at character {error.position})."
