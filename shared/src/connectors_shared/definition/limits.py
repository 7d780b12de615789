"""Ceilings of a definition, and what a rate limit may say."""

from typing import Any, Final

import msgspec

from connectors_shared.contract.policy import RateLimit
from connectors_shared.definition.compilation import Compilation

MAX_BODY_BYTES: Final = 256 * 1024
MOST_PER_SECOND: Final = 1_000_000
"""Limits are kept in whole microseconds between two calls."""


def check_size(value: Any, most_bytes: int, pointer: str, found: Compilation) -> bool:
    """Whether it is small enough to be looked at further."""
    size = len(msgspec.json.encode(value))
    if size > most_bytes:
        found.refuse(pointer, f"is {size} bytes as JSON; at most {most_bytes} are allowed")
    return size <= most_bytes


def check_rate_limit(limit: RateLimit | None, pointer: str, found: Compilation) -> None:
    for index, window in enumerate(limit.windows if limit else []):
        if window.limit > window.seconds * MOST_PER_SECOND:
            detail = f"allows more than {MOST_PER_SECOND} calls a second, which is no limit"
            found.refuse(f"{pointer}/windows/{index}", detail)
