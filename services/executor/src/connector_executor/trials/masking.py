"""Texts with the secrets of one call, masked."""

from connector_executor.stages.authorize import Authorized
from connectors_shared.definition.auth.reading import MASK
from connectors_shared.runtime.sensitive import is_sensitive


class Masker:
    """Knows what authorizes one call."""

    def __init__(self, authorized: Authorized) -> None:
        self._secrets = authorized.secrets
        self._headers = {name.lower() for name, _ in authorized.headers}

    def text(self, text: str) -> str:
        return self._secrets.masked_text(text)

    def header(self, name: str, value: str) -> str:
        """One that was sent."""
        if name.lower() in self._headers:
            return scheme_of(value) + MASK
        return self.text(value)

    def answered(self, name: str, value: str) -> str:
        """One that came back: whatever sets a session is the API's secret."""
        return MASK if is_sensitive(name) else self.text(value)


def scheme_of(value: str) -> str:
    """`Bearer `, `Basic `: what stands before the secret of a header."""
    scheme, blank, rest = value.partition(" ")
    return scheme + blank if rest and scheme.isalpha() else ""
