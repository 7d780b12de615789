"""What the history keeps of an answer: nothing that its name calls secret, and no more than fits."""

from typing import Any, Final

import msgspec

from connectors_shared.contract.execution import MOST_SHOWN_BYTES
from connectors_shared.contract.nesting import MOST_LEVELS
from connectors_shared.definition.auth.reading import MASK
from connectors_shared.runtime.sensitive import is_sensitive, names_sensitive

_ENCODER: Final = msgspec.json.Encoder()


def kept(json: bytes, most: int = MOST_SHOWN_BYTES) -> tuple[bytes, bool]:
    """JSON of about `most` bytes, and whether it is less than what came: then it is a text, the beginning of the JSON.

    Raises msgspec.MsgspecError, RecursionError or UnicodeDecodeError for what cannot be read.
    """
    if names_sensitive(json) or b"\\u" in json:
        json = _ENCODER.encode(_masked(msgspec.json.decode(json)))
    if len(json) <= most:
        return json, False
    return _ENCODER.encode(json[:most].decode(errors="ignore") + "…"), True


def _masked(value: Any, levels: int = MOST_LEVELS) -> Any:
    if isinstance(value, dict) and levels:
        return {name: MASK if is_sensitive(name) else _masked(part, levels - 1) for name, part in value.items()}
    if isinstance(value, list) and levels:
        return [_masked(part, levels - 1) for part in value]
    return MASK if isinstance(value, dict | list) else value
