"""Answers that are no more what the output schema of their connector promises, as notices for its owner.

Flows and mappings were made with that schema: they find nothing then, or something of another type.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from connector_registry.noticing.notice import Closing, NoticeBoard, NoticeKind, Opening, Said
from connector_registry.schemas.comparison import SchemaChange, schema_changes
from connector_registry.schemas.inference import infer_schema
from connectors_shared.contract.nesting import MOST_LEVELS
from connectors_shared.definition.auth.reading import MASK
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.persist import is_outage, told_of
from connectors_shared.runtime.sensitive import is_sensitive

PERIOD_SECONDS: Final = 10.0
AT_ONCE: Final = 25
ENOUGH: Final = 20
"""Fewer answers may lack a field by chance."""
KIND: Final = NoticeKind.SCHEMA_DRIFT
TOLD: Final = frozenset({"removed", "type"})
"""Kinds of changes. What may be absent sometimes is no news: the schema may be of one test."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sampled:
    """A connector and its newest answers; `schema` is None where it promises nothing. `told`: its owner knows of it."""

    workspace_id: UUID
    connector_id: UUID
    schema: dict[str, Any] | None
    outputs: Sequence[Any]
    told: bool = False


class Samples(Protocol):
    async def following(self, after: UUID | None, most: int) -> list[Sampled]:
        """The next connectors of all workspaces by id, each with up to ENOUGH answers."""
        ...


class DriftWatch:
    """Looks at some connectors at a time, round and round."""

    def __init__(self, samples: Samples, board: NoticeBoard) -> None:
        self._samples = samples
        self._board = board
        self._after: UUID | None = None

    async def look(self) -> float:
        """After how many seconds to look at the next ones. An outage is waited for."""
        try:
            await self._look()
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("answers.not_looked_at", **told_of(error))
        return PERIOD_SECONDS

    async def _look(self) -> None:
        found = await self._samples.following(self._after, AT_ONCE)
        # A large answer takes a while, in which records come.
        said = await asyncio.to_thread(lambda: [each for one in found if (each := _said(one)) is not None])
        if said:
            await self._board.say(said)
        self._after = found[-1].connector_id if len(found) == AT_ONCE else None


def _said(one: Sampled) -> Said | None:
    """Where too few answers say anything, because there is another version or another schema, it is so no more."""
    enough = one.schema is not None and len(one.outputs) >= ENOUGH
    if one.schema is not None and enough and (changes := drift_of(one.schema, one.outputs)):
        return Opening(one.workspace_id, KIND, _sentence(changes), connector_id=one.connector_id)
    return Closing(one.workspace_id, KIND, connector_id=one.connector_id) if one.told else None


def drift_of(schema: dict[str, Any], outputs: Sequence[Any]) -> list[SchemaChange]:
    """Fields that none of the answers has, and types that were never promised."""
    inferred, is_partial = infer_schema([_shown(output) for output in outputs])
    if is_partial:
        return []
    return [change for change in schema_changes(_promised(schema), inferred) if change.breaking and change.kind in TOLD]


def _sentence(changes: Sequence[SchemaChange]) -> str:
    first, others = changes[0], f", and {len(changes) - 1} more" if len(changes) > 1 else ""
    return (
        f"Its last {ENOUGH} answers are not what its output schema says: {first.pointer} {first.detail}{others}"
        ". Flows and mappings that read it find nothing, or something else: test it, and take the new schema over."
    )


def _shown(value: Any, levels: int = MOST_LEVELS) -> Any:
    """Without what is null, which tells no type, and what the history hides."""
    if isinstance(value, dict) and levels:
        return {name: _shown(part, levels - 1) for name, part in value.items() if not _is_untold(part)}
    if isinstance(value, list) and levels:
        return [_shown(part, levels - 1) for part in value if not _is_untold(part)]
    return value


def _is_untold(value: Any) -> bool:
    return value is None or value == MASK


def _promised(schema: Any, levels: int = MOST_LEVELS) -> Any:
    """As much of it as such answers can show; of numbers it does not matter whether the first one was whole."""
    if not isinstance(schema, dict) or not levels:
        return schema
    told = {name: _promised(part, levels - 1) for name, part in schema.items() if name in ("items", "type")}
    named = told.get("type")
    if named == "integer" or (isinstance(named, list) and "integer" in named):
        told["type"] = [*([named] if isinstance(named, str) else named), "number"]
    fields, choices = schema.get("properties"), schema.get("anyOf")
    if isinstance(fields, dict):
        told["properties"] = {
            name: _promised(part, levels - 1)
            for name, part in fields.items()
            if not is_sensitive(name) and not _is_null_alone(part)
        }
    if isinstance(choices, list):
        told["anyOf"] = [_promised(choice, levels - 1) for choice in choices]
    return told


def _is_null_alone(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "null"
