"""Answers while the store is out of reach."""

from collections.abc import Iterator
from contextlib import contextmanager

from connectors_shared.http.problems import StoreUnavailableError


@contextmanager
def answering() -> Iterator[None]:
    """Who asks meanwhile is told to ask again."""
    try:
        yield
    except ConnectionError as error:
        detail = f"Ask again in a few seconds: {type(error).__name__}."
        raise StoreUnavailableError(detail, headers={"Retry-After": "5"}) from error
