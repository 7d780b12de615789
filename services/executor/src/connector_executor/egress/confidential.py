"""What of a request is secret, where it may go, and what becomes of it where it comes back."""

import asyncio
from collections.abc import Iterable
from typing import Final

from connectors_shared.definition.auth.reading import MASK

from .escapes import forms_of, may_hide, nested_forms_of, unescaped

LONG_ENOUGH: Final = 8
"""Characters. Shorter secrets are not looked for: they stand in other texts by chance."""
APART_BYTES: Final = 64 * 1024
"""A larger body with escapes is read beside the event loop."""


class Confidential:
    """`origins` as they are compared, `headers` the lower-case names of those that carry a secret."""

    __slots__ = ("_encoded", "_nested", "forms", "headers", "origins")

    def __init__(self, origins: Iterable[str], headers: Iterable[str], values: Iterable[str]) -> None:
        secrets = [value for value in values if len(value) >= LONG_ENOUGH]
        nested = {form.encode(errors="surrogatepass") for value in secrets for form in nested_forms_of(value)}
        self.origins = frozenset(origins)
        self.headers = frozenset(name.lower() for name in headers)
        self._look_for({form for value in secrets for form in forms_of(value)}, nested)

    def _look_for(self, forms: Iterable[str], nested: Iterable[bytes]) -> None:
        """The longest first: a shorter one may be part of it."""
        self.forms = tuple(sorted(forms, key=len, reverse=True))
        self._encoded = [form.encode(errors="surrogatepass") for form in self.forms]
        self._nested = sorted(nested, key=len, reverse=True)

    def __repr__(self) -> str:
        return f"Confidential({sorted(self.origins)})"

    def __add__(self, other: "Confidential") -> "Confidential":
        """Both secrets in one request: it goes only where either may go."""
        joint = Confidential(self.origins & other.origins, self.headers | other.headers, ())
        joint._look_for({*self.forms, *other.forms}, {*self._nested, *other._nested})
        return joint

    def is_in(self, text: str) -> bool:
        return any(form in text for form in self.forms)

    def redacted(self, body: bytes) -> bytes:
        """An API may repeat what it was sent, with the escapes of its language; then nobody reads it in a result."""
        if b"\\" in body:
            body = self._without_hidden(body)
        return _masked(body, self._encoded)

    async def redacted_aside(self, body: bytes) -> bytes:
        """The same, without holding the event loop for long."""
        if len(body) > APART_BYTES and may_hide(body):
            return await asyncio.to_thread(self.redacted, body)
        return self.redacted(body)

    def _without_hidden(self, body: bytes) -> bytes:
        """A body in which nothing was hidden stays as it came."""
        plain = unescaped(body) if may_hide(body) else body
        masked = _masked(plain, self._nested)
        return masked if masked is not plain or any(form in plain for form in self._encoded) else body


def _masked(body: bytes, forms: Iterable[bytes]) -> bytes:
    for form in forms:
        if form in body:
            body = body.replace(form, MASK.encode())
    return body
