"""HTTP methods, and which calls may be sent again when nobody knows whether they arrived (RFC 9110 9.2.2)."""

from typing import Final

IDEMPOTENT: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})


def is_repeatable(method: str, idempotency_header: str | None) -> bool:
    """By its method, or by a header from which the API tells a repeat."""
    return method in IDEMPOTENT or idempotency_header is not None
