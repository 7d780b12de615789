"""What of a request is secret, where it may go, and what becomes of it where it comes back."""

import asyncio
from collections.abc import Iterable
from typing import Final

from .escapes import forms_of, may_hide, nested_forms_of, unescaped
from .needles import Needles

LONG_ENOUGH: Final = 8
"""Characters. Shorter secrets are not looked for: they stand in other texts by chance."""
APART_BYTES: Final = 64 * 1024
"""A larger body is read beside the event loop: one pass takes some ten milliseconds for each megabyte at worst."""


class Confidential:
    """`origins` as they are compared, `headers` the lower-case names of those that carry a secret, `forms` of secrets
    as they may stand in a text."""

    __slots__ = ("_needles", "forms", "headers", "origins")

    def __init__(self, origins: Iterable[str], headers: Iterable[str], values: Iterable[str]) -> None:
        secrets = [value for value in values if len(value) >= LONG_ENOUGH]
        self.origins = frozenset(origins)
        self.headers = frozenset(name.lower() for name in headers)
        self.forms = frozenset(form for value in secrets for form in forms_of(value))
        self._needles = Needles(self.forms) | Needles(form for value in secrets for form in nested_forms_of(value))

    def __repr__(self) -> str:
        return f"Confidential({sorted(self.origins)})"

    def __add__(self, other: "Confidential") -> "Confidential":
        """Both secrets in one request: it goes only where either may go."""
        joint = Confidential(self.origins & other.origins, self.headers | other.headers, ())
        joint.forms, joint._needles = self.forms | other.forms, self._needles | other._needles
        return joint

    def is_in(self, text: str) -> bool:
        return self._needles.are_in(text.encode(errors="surrogatepass"))

    def redacted(self, body: bytes) -> bytes:
        """An API may repeat what it was sent, with the escapes of its language; then nobody reads it in a result.

        A body in which nothing was hidden stays as it came.
        """
        if b"\\" in body and may_hide(body):
            plain = unescaped(body)
            masked = self._needles.masked(plain)
            if masked is not plain:
                return masked
        return self._needles.masked(body)

    async def redacted_aside(self, body: bytes) -> bytes:
        """The same, without holding the event loop for long."""
        if len(body) > APART_BYTES:
            return await asyncio.to_thread(self.redacted, body)
        return self.redacted(body)
