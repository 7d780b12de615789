"""A result as the mapper needs it. What is the same in thousands of results, their mappings, is read once."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from pydantic import TypeAdapter

from connectors_shared.contract.contact import FieldMapping, MappingOptions
from connectors_shared.contract.execution import (
    MOST_OWN_FIELDS,
    SCHEMA_VERSION,
    ConnectorResult,
    ExecutionContext,
    ResultStatus,
    Trigger,
)
from connectors_shared.contract.nesting import is_deeper
from field_mapper.ids import id_of
from field_mapper.stages.planning import Planned, plan_of

KNOWN_MAPPINGS: Final = 512
"""Sets of them that are remembered."""
REMEMBERED_BYTES: Final = 2 * 1024
"""Of a set of mappings, above which it is not."""
SURELY_READ: Final = 150
"""Levels that the contract's own reader takes."""
SURELY_FEW_BYTES: Final = 2 * 1024
"""Of a context, whose fields of the flow engine's own are not too large then, however they are written."""
KNOWN_FIELDS: Final = frozenset({"flowId", "flowRunId", "stepId", "contactId", "variables"})
FIRST_YEAR, LAST_YEAR = 1, 9999
"""In which a moment may lie beyond the calendar in UTC."""
SNAKE: Final = frozenset({"flow_id", "flow_run_id", "step_id", "contact_id"})
"""The contract's reader takes the names of Python as well, which this one does not know."""


class Context(msgspec.Struct, rename="camel", frozen=True):
    """Of `ExecutionContext`, as far as it is looked at."""

    flow_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    flow_run_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    step_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    contact_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    variables: dict[str, Any] = {}


class Result(msgspec.Struct, frozen=True):
    """Of `ConnectorResult`, as far as it is looked at; what else it holds is not judged. `carried`: the JSON of its
    context, byte for byte, and `revision` the digest of what was asked to be mapped; None where nobody has looked yet.
    """

    execution_id: UUID
    workspace_id: UUID
    connector_id: UUID
    connector_version: int | None
    context: Context | ExecutionContext
    options: MappingOptions
    status: ResultStatus
    success: bool
    data: Any
    trigger: Trigger
    finished_at: datetime
    plan: Sequence[Planned]
    carried: bytes | None = None
    revision: int = 0

    @classmethod
    def of(cls, result: ConnectorResult) -> "Result":
        return cls(
            result.execution_id,
            result.workspace_id,
            result.connector_id,
            result.connector_version,
            result.context,
            result.options,
            result.status,
            result.success,
            result.data,
            result.trigger,
            result.finished_at,
            plan_of(result.field_mappings),
        )


NO_RAW: Final = msgspec.Raw(b"")


class _Wire(msgspec.Struct, rename="camel"):
    execution_id: str
    workspace_id: str
    connector_id: str
    status: ResultStatus
    success: bool
    finished_at: Annotated[datetime, msgspec.Meta(tz=True)]
    schema_version: Annotated[int, msgspec.Meta(ge=1, le=SCHEMA_VERSION)] = SCHEMA_VERSION
    connector_version: int | None = None
    context: msgspec.Raw = msgspec.Raw(b"{}")
    data: Any = None
    field_mappings: msgspec.Raw = NO_RAW
    options: msgspec.Raw = NO_RAW
    trigger: Trigger = Trigger.FLOW


_WIRE: Final = msgspec.json.Decoder(_Wire)
_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])
_CONTEXT: Final = msgspec.json.Decoder(Context)
_MAPPINGS: Final = TypeAdapter(list[FieldMapping])


def quickly_read(body: bytes) -> Result | None:
    """What the contract's reader would read, in a tenth of its time; None where only that one can tell. Never raises
    anything of the body's doing."""
    if b'"field_mappings"' in body or b'"connector_version"' in body or b'"schema_version"' in body:
        return None  # see SNAKE
    if is_deeper(body, SURELY_READ):
        return None
    try:
        return _read(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _read(body: bytes) -> Result | None:
    wire = _WIRE.decode(body)
    ids = id_of(wire.execution_id), _known_id(wire.workspace_id), _known_id(wire.connector_id)
    if None in ids or not FIRST_YEAR < wire.finished_at.year < LAST_YEAR:
        return None
    # All of it, because it is carried on, and texts are looked at only where they are read.
    own = _OBJECT.decode(wire.context).keys() - KNOWN_FIELDS
    if own and (own & SNAKE or len(own) > MOST_OWN_FIELDS or len(wire.context) > SURELY_FEW_BYTES):
        return None
    context = _CONTEXT.decode(wire.context)
    asked = _asked(wire.field_mappings, wire.options)
    return Result(
        *ids,  # type: ignore[arg-type]
        wire.connector_version,
        context,
        asked.options,
        wire.status,
        wire.success,
        wire.data,
        wire.trigger,
        wire.finished_at,
        asked.plan,
        bytes(wire.context),
        asked.revision,
    )


def revision_of(mappings: bytes | msgspec.Raw, options: bytes | msgspec.Raw) -> int:
    """Of what is asked to be mapped, byte for byte, as a signed number of 64 bits: results carry it through as it came.
    Empty where it is not there."""
    digest = blake2b(mappings, digest_size=8)
    digest.update(options)
    return int.from_bytes(digest.digest(), signed=True)


class _Asked(msgspec.Struct, frozen=True):
    """What is asked to be mapped, and the digest of it as it came."""

    plan: Sequence[Planned]
    options: MappingOptions
    revision: int


def _asked(mappings: msgspec.Raw, options: msgspec.Raw) -> _Asked:
    few = len(mappings) <= REMEMBERED_BYTES and len(options) <= REMEMBERED_BYTES
    return (_remembered if few else _read_asked)(bytes(mappings), bytes(options))


def _read_asked(mappings: bytes, options: bytes) -> _Asked:
    return _Asked(
        plan_of(_MAPPINGS.validate_json(mappings)) if mappings else (),
        MappingOptions.model_validate_json(options) if options else MappingOptions(),
        revision_of(mappings, options),
    )


_remembered: Final = lru_cache(maxsize=KNOWN_MAPPINGS)(_read_asked)

_known_id: Callable[[str], UUID | None] = lru_cache(maxsize=1024)(id_of)
