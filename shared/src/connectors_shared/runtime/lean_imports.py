"""Keeps optional parts of libraries out of a start that does not need them."""

import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def pretending_missing(*names: str) -> Iterator[None]:
    """Inside, importing one of these raises ImportError, unless it is loaded already."""
    hidden = [name for name in names if name not in sys.modules]
    loaded: MutableMapping[str, ModuleType | None] = sys.modules  # type: ignore[assignment]
    loaded.update(dict.fromkeys(hidden))  # None is how Python marks what must not be found
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
