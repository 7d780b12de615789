"""What a value takes when it is written, counted no further than matters."""

from json.encoder import encode_basestring
from typing import Any


def bytes_of(value: Any, most: int) -> int:
    """Of its JSON as it is written to a custom field, in UTF-8; of one that takes more, some number above `most`."""
    if isinstance(value, str):
        return _of_text(value, most)
    if not isinstance(value, list | dict):
        return _of_scalar(value)
    size = 0
    left: list[Any] = [value]
    while left and size <= most:
        item = left.pop()
        if isinstance(item, str):
            size += _of_text(item, most)
        elif isinstance(item, list):
            size += max(2, 2 * len(item))
            left += item if size <= most else ()
        elif isinstance(item, dict):
            size += max(2, 4 * len(item))
            left += (*item, *item.values()) if size <= most else ()
        else:
            size += _of_scalar(item)
    return size


def _of_text(text: str, most: int) -> int:
    """Every character takes a byte at least."""
    if len(text) > most:
        return len(text)
    written = encode_basestring(text)
    return len(written) if written.isascii() else len(written.encode("utf-8", "surrogatepass"))


def _of_scalar(value: bool | int | float | None) -> int:
    """Digits beyond a thousand or so are estimated: Python refuses to write what is much longer."""
    if value is None or isinstance(value, bool):
        return 5 if value is False else 4
    if isinstance(value, int) and value.bit_length() > 4_000:
        return value.bit_length() // 3
    return len(repr(value))
