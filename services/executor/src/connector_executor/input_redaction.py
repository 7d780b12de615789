"""What a result tells of the inputs: nothing secret, and no more than fits.

Most inputs are told as the bytes that came. Only those are read that hold a word or a text that may be secret, or are
too large; of the latter as much is told as there is room for, in the order in which it was written.
"""

from typing import Any, Final

import msgspec

from connectors_shared.contract.execution import MOST_SHOWN_BYTES
from connectors_shared.definition.auth.reading import MASK
from connectors_shared.egress import Needles
from connectors_shared.runtime.sensitive import is_sensitive
from connectors_shared.runtime.text_redaction import may_hold_keys, without_keys

MOST_TEXT: Final = 1_000
"""Characters of one text."""
MOST_DEPTH: Final = 20
MOST_VALUES: Final = 2_000
MOST_READ: Final = 16_000
"""Characters of a text that are looked through. Masks are short, so a part of them is enough to tell."""
MOST_CUT: Final = 300
"""Characters at the end of those, where a key may have lost what it is known by."""
MOST_WRAPPINGS: Final = 3
"""Of JSON in texts in JSON."""
LONGEST_NAME: Final = 40
NAMING: Final = frozenset({"name", "key", "field", "header", "param", "parameter", "label"})
NAMED: Final = frozenset({"value", "values", "val", "content", "text", "default"})
ELLIPSIS: Final = "…"
_ENCODER: Final = msgspec.json.Encoder()
_SEPARATORS: Final = 2
NO_SECRETS: Final = Needles()
UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def redacted_inputs(inputs: bytes, secrets: Needles = NO_SECRETS) -> tuple[bytes, bool]:
    """JSON of at most 16 KiB, and whether it is less than what came. `secrets` are masked wherever they stand."""
    if len(inputs) <= MOST_SHOWN_BYTES and not may_hold_keys(inputs) and not holds_any(inputs, secrets):
        return inputs, False
    try:
        value = msgspec.json.decode(inputs)
    except UNREADABLE:
        return b"{}", True
    teller = _RedactedCopy(secrets)
    return _ENCODER.encode(teller.told(value)), teller.cut


def holds_any(message: bytes, secrets: Needles) -> bool:
    """May one of them stand in it? With an escape in it nobody knows without reading it."""
    return bool(secrets) and (b"\\" in message or secrets.are_in(message))


class _RedactedCopy:
    """Copies a value as long as there is room."""

    def __init__(self, secrets: Needles, wrappings: int = 0) -> None:
        self._secrets = secrets
        self._wrappings = wrappings
        self._bytes = MOST_SHOWN_BYTES - len(b"{}")
        self._values = MOST_VALUES
        self.cut = False

    def told(self, value: Any, depth: int = 0) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if not isinstance(value, dict | list):
            return self._number(value)
        if depth == MOST_DEPTH:
            return self._text(ELLIPSIS, whole=False)
        return self._fields(value, depth) if isinstance(value, dict) else self._items(value, depth)

    def _fields(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        told: dict[str, Any] = {}
        is_row = any(name.lower() in NAMING and _names_secret(part) for name, part in value.items())
        for name, part in value.items():
            key = without_keys(self._secrets.masked_text(name))
            is_secret = is_sensitive(name) or (is_row and name.lower() in NAMED)
            if not self._takes(key, spare=len(b":{}")):
                break
            told[key] = self._text(MASK) if is_secret else self.told(part, depth + 1)
        return told

    def _items(self, value: list[Any], depth: int) -> list[Any]:
        if len(value) == 2 and isinstance(value[1], str) and _names_secret(value[0]):
            value = [value[0], MASK]
        told = []
        for part in value:
            if not self._takes("", spare=len(b"{}")):
                break
            told.append(self.told(part, depth + 1))
        return told

    def _text(self, text: str, *, whole: bool = True) -> str:
        text, is_part = self._without_secrets(text)
        shown = text[:MOST_TEXT]
        self.cut = self.cut or len(shown) < len(text) or is_part or not whole
        while not self._pays(shown):
            self.cut, shown = True, shown[: len(shown) // 2]
            if not shown:
                return shown
        return shown if len(shown) == len(text) and not is_part else shown + ELLIPSIS

    def _without_secrets(self, text: str) -> tuple[str, bool]:
        """And whether it is only a part."""
        text = self._secrets.masked_text(text)
        if len(text) > MOST_READ:
            return without_keys(text[:MOST_READ])[:-MOST_CUT], True
        if self._wrappings < MOST_WRAPPINGS and text.lstrip()[:1] in ("{", "["):
            return self._wrapped(text), False
        return without_keys(text), False

    def _wrapped(self, text: str) -> str:
        """JSON in a text. It stays as it is written where nothing of it is secret."""
        try:
            value = msgspec.json.decode(text)
        except UNREADABLE:
            return without_keys(text)
        teller = _RedactedCopy(self._secrets, self._wrappings + 1)
        told = teller.told(value)
        self.cut = self.cut or teller.cut
        return text if told == value else _ENCODER.encode(told).decode()

    def _number(self, value: Any) -> Any:
        if self._pays(value):
            return value
        self.cut = True
        return None

    def _takes(self, key: str, *, spare: int) -> bool:
        """Is there room for another value under this name?"""
        self._values -= 1
        if self._values >= 0 and len(key) <= MOST_TEXT and self._pays(key, spare):
            return True
        self.cut = True
        return False

    def _pays(self, value: Any, more: int = 0) -> bool:
        size = len(_ENCODER.encode(value)) + len(ELLIPSIS.encode()) + _SEPARATORS + more
        if size > self._bytes:
            return False
        self._bytes -= size
        return True


def _names_secret(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_NAME and is_sensitive(value)
