"""Patterns of texts, in the syntax of RE2: matched in time linear in the text, whatever the pattern."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

MAX_MEMORY_BYTES: Final = 262_144
MAX_SIZE: Final = 5_000
"""Instructions of one pattern."""


class InvalidPatternError(ValueError):
    """The message completes "is no pattern: …"."""


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Whether the whole of a text fits. Raises InvalidPatternError."""
    import re2  # few connectors have a pattern, and no start waits for it

    options = re2.Options()
    options.max_mem = MAX_MEMORY_BYTES
    options.never_capture = True
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except (re2.error, UnicodeError) as error:
        raise InvalidPatternError(_told(error)) from None
    if compiled.programsize > MAX_SIZE:
        raise InvalidPatternError("it is too large")
    return lambda text: compiled.fullmatch(text.encode("utf-8", "surrogatepass")) is not None


def _told(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return text[:100] or "it cannot be read"
