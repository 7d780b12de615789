"""decode: the bytes of `connector.result`."""

import msgspec
from pydantic import ValidationError

from connectors_shared.contract.execution import SCHEMA_VERSION, ConnectorResult
from connectors_shared.contract.failure import DeadReason


class UnreadableResultError(Exception):
    """The message cannot be worked on, now or later. `detail` repeats no value of it."""

    def __init__(self, reason: DeadReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def decode(body: bytes | None) -> ConnectorResult:
    """Raises UnreadableResultError."""
    if not body:
        raise UnreadableResultError(DeadReason.EMPTY, "the message has no body")
    try:
        result = ConnectorResult.model_validate_json(body)
    except ValidationError as error:
        raise _unreadable(error) from None
    if result.schema_version > SCHEMA_VERSION:
        raise UnreadableResultError(
            DeadReason.UNSUPPORTED_VERSION,
            f"schemaVersion {result.schema_version} is newer than {SCHEMA_VERSION}",
        )
    return result


class Ids(msgspec.Struct, rename="camel"):
    """Of a result, as it is written; empty where they cannot be read."""

    execution_id: str = ""
    workspace_id: str = ""


_IDS = msgspec.json.Decoder(Ids)
_NO_IDS = Ids()


def ids_of(body: bytes | None) -> Ids:
    """What decides about a result's turn, before it is decoded; never raises."""
    try:
        return _IDS.decode(body or b"{}")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _NO_IDS


class _Carried(msgspec.Struct):
    context: msgspec.Raw = msgspec.Raw(b"{}")


_CARRIED = msgspec.json.Decoder(_Carried)


def context_of(body: bytes) -> bytes:
    """The JSON of the context in a result that was decoded, byte for byte. Raises UnreadableResultError."""
    try:
        return bytes(_CARRIED.decode(body).context)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # Infinity and NaN are no JSON, though the contract's reader takes them.
        raise UnreadableResultError(DeadReason.NOT_JSON, str(error)) from None


def _unreadable(error: ValidationError) -> UnreadableResultError:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    if problems[0]["type"] == "json_invalid":
        return UnreadableResultError(DeadReason.NOT_JSON, problems[0]["msg"])
    fields = "; ".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in problems[:5])
    return UnreadableResultError(DeadReason.INVALID_MESSAGE, fields)
