"""What of a request is secret, where it may go, and what becomes of it where it comes back."""

import json
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, quote_plus

from connectors_shared.definition.auth.reading import MASK

LONG_ENOUGH: Final = 8
"""Characters. Shorter secrets are not looked for: they stand in other texts by chance."""


class Confidential:
    """`origins` as they are compared, `headers` the lower-case names of those that carry a secret."""

    __slots__ = ("_encoded", "_forms", "headers", "origins")

    def __init__(self, origins: Iterable[str], headers: Iterable[str], values: Iterable[str]) -> None:
        self.origins = frozenset(origins)
        self.headers = frozenset(name.lower() for name in headers)
        forms = {form for value in values if len(value) >= LONG_ENOUGH for form in _forms_of(value)}
        self._forms = sorted(forms, key=len, reverse=True)
        self._encoded = [form.encode() for form in self._forms]

    def __repr__(self) -> str:
        return f"Confidential({sorted(self.origins)})"

    def __add__(self, other: "Confidential") -> "Confidential":
        """Both secrets in one request: it goes only where either may go."""
        joint = Confidential(self.origins & other.origins, self.headers | other.headers, ())
        joint._forms = sorted({*self._forms, *other._forms}, key=len, reverse=True)
        joint._encoded = [form.encode() for form in joint._forms]
        return joint

    def is_in(self, text: str) -> bool:
        return any(form in text for form in self._forms)

    def redacted(self, body: bytes) -> bytes:
        """An API may repeat what it was sent; then nobody reads it in a result."""
        for form in self._encoded:
            if form in body:
                body = body.replace(form, MASK.encode())
        return body


def _forms_of(value: str) -> set[str]:
    """As it is, in a URL however that is written, and in JSON."""
    in_url = {quote(value, safe=""), quote(value), quote_plus(value), quote_plus(value, safe="/")}
    return in_url | {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
