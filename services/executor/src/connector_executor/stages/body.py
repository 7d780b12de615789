"""From an answer's bytes to a document, or to the finding that nobody should read them here.

Ten kilobytes of gzip can be ten megabytes of JSON, and those millions of objects. Decoding holds the event loop, and
with it every other connector; so what is large stays bytes, and a transform worker reads it.
"""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from connector_executor.outcome import Failure, Success
from connector_executor.policies.headers import value_of
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.topics import RESULT
from connectors_shared.egress import HttpResponse

APART_BYTES: Final = 256 * 1024
COUNTED_BYTES: Final = 32 * 1024
"""From here on it is worth while to count: smaller bodies cannot hold enough values to matter."""
APART_VALUES: Final = 20_000
MOST_VALUES: Final = 1_000_000
"""An answer with more is refused: no worker may have the memory for them."""
BLANKS: Final = (b" ", b"\n", b"\r", b"\t")
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
DECODER: Final = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True)
class Unread:
    """JSON by its content type, not decoded."""

    body: bytes


def read_body(response: HttpResponse) -> Any | Unread | Failure:
    """JSON as values unless it is large, other text as a string, an empty body as None."""
    body = response.body
    if not body:
        return None
    content_type = value_of(response.headers, "Content-Type")
    if "json" in content_type.lower() or (not content_type and body[:1] in b"{["):
        return _read_json(body, response.status)
    try:
        return body.decode()
    except UnicodeDecodeError:
        return Failure(
            FailureType.INVALID_RESPONSE,
            f"The answer is neither JSON nor text ({content_type or 'no content type'}).",
            response.status,
        )


def unchanged(unread: Unread, status: int) -> Success | Failure:
    """The document itself, as the data of the result: its bytes without the blanks, if that can be small enough."""
    body = unread.body
    if len(body) - sum(body.count(blank) for blank in BLANKS) > RESULT.largest:
        return Success(msgspec.Raw(body), status)
    try:
        compact = msgspec.json.format(body, indent=-1)
        compact.decode()
        return Success(msgspec.Raw(compact) if _is_for_workers(compact) else DECODER.decode(compact), status)
    except UNREADABLE as error:
        return not_json(error, status)


def not_json(error: Exception, status: int) -> Failure:
    is_deep = isinstance(error, RecursionError)
    why = "The answer is nested too deeply." if is_deep else f"The answer is not valid JSON: {error}."
    return Failure(FailureType.INVALID_RESPONSE, why, status)


def _read_json(body: bytes, status: int) -> Any | Unread | Failure:
    if _is_for_workers(body):
        if _values_at_most(body) > MOST_VALUES:
            why = f"The answer has more than {MOST_VALUES:,} values; ask the API for fewer at once."
            return Failure(FailureType.INVALID_RESPONSE, why, status)
        return Unread(body)
    try:
        return DECODER.decode(body)
    except UNREADABLE as error:
        return not_json(error, status)


def _is_for_workers(body: bytes) -> bool:
    if len(body) <= COUNTED_BYTES:
        return False
    return len(body) > APART_BYTES or _values_at_most(body) > APART_VALUES


def _values_at_most(body: bytes) -> int:
    """Never fewer than there are: each but the first comes after a comma or a bracket. Texts may hold these too."""
    return 1 + body.count(b",") + body.count(b"[") + body.count(b"{")
