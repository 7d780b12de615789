"""Keeps optional parts of libraries out of a start that does not need them."""

import ssl
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any


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


@contextmanager
def trusting_nobody() -> Iterator[None]:
    """Inside, a default TLS context is made without reading the system's certificates, which takes 40 ms: for a library
    that makes one when it is imported, and is never called without one of ours. What would use it refuses every server.
    """
    made = ssl.create_default_context

    def without_certificates(*_arguments: Any, **_options: Any) -> ssl.SSLContext:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    ssl.create_default_context = without_certificates
    try:
        yield
    finally:
        ssl.create_default_context = made
