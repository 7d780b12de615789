"""decode: the bytes of `connector.result`."""

from uuid import UUID

import msgspec
from pydantic import ValidationError

from connectors_shared.contract.execution import SCHEMA_VERSION, ConnectorResult
from connectors_shared.contract.failure import DeadReason
from field_mapper.model import AppliedKey
from field_mapper.stages.results import NO_RAW, Result, quickly_read, revision_of


class UnreadableResultError(Exception):
    """The message cannot be worked on, now or later. `detail` repeats no value of it."""

    def __init__(self, reason: DeadReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def decode(body: bytes | None) -> Result:
    """Raises UnreadableResultError. What is usual is read quickly; the contract's reader judges all else."""
    if not body:
        raise UnreadableResultError(DeadReason.EMPTY, "the message has no body")
    if quick := quickly_read(body):
        return quick
    try:
        result = ConnectorResult.model_validate_json(body)
    except ValidationError as error:
        raise _unreadable(error) from None
    if result.schema_version > SCHEMA_VERSION:
        raise UnreadableResultError(
            DeadReason.UNSUPPORTED_VERSION,
            f"schemaVersion {result.schema_version} is newer than {SCHEMA_VERSION}",
        )
    return Result.of(result)


class Ids(msgspec.Struct, rename="camel"):
    """Of a result, as it is written; empty where they cannot be read."""

    execution_id: str = ""
    workspace_id: str = ""


class _Asked(msgspec.Struct, rename="camel"):
    """What was asked to be mapped, byte for byte."""

    field_mappings: msgspec.Raw = NO_RAW
    options: msgspec.Raw = NO_RAW

    @property
    def revision(self) -> int:
        return revision_of(self.field_mappings, self.options)


class _Identity(_Asked):
    execution_id: str = ""
    workspace_id: str = ""


_IDS = msgspec.json.Decoder(Ids)
_IDENTITIES = msgspec.json.Decoder(_Identity)
_NO_IDS = Ids()


def ids_of(body: bytes | None) -> Ids:
    """What decides about a result's turn, before it is decoded; never raises."""
    try:
        return _IDS.decode(body or b"{}")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _NO_IDS


def applied_key(body: bytes | None) -> AppliedKey | None:
    """What is applied once, of a result that was not decoded; None when it cannot be read. Never raises."""
    try:
        found = _IDENTITIES.decode(body or b"{}")
        return AppliedKey(UUID(found.workspace_id), UUID(found.execution_id), found.revision)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


class _Carried(_Asked):
    context: msgspec.Raw = msgspec.Raw(b"{}")


_CARRIED = msgspec.json.Decoder(_Carried)


def carried_of(body: bytes) -> tuple[bytes, int]:
    """The JSON of the context in a result that was decoded, byte for byte, and the revision of its mappings.

    Raises UnreadableResultError.
    """
    try:
        carried = _CARRIED.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # Infinity and NaN are no JSON, though the contract's reader takes them.
        raise UnreadableResultError(DeadReason.NOT_JSON, str(error)) from None
    return bytes(carried.context), carried.revision


def _unreadable(error: ValidationError) -> UnreadableResultError:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    if problems[0]["type"] == "json_invalid":
        return UnreadableResultError(DeadReason.NOT_JSON, problems[0]["msg"])
    fields = "; ".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in problems[:5])
    return UnreadableResultError(DeadReason.INVALID_MESSAGE, fields)
