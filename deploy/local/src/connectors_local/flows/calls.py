"""Whether the inputs of a flow's calls are those of their connectors, as far as it can be told before a run."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from connectors_local.flows.connectors import Connectors, ConnectorsAwayError
from connectors_local.flows.definition.steps import ConnectorStep, FlowDraft, IfStep, Step
from connectors_local.flows.templates import is_template
from connectors_shared.contract.connector import InputSchema
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.inputs.fields import Fields, Misfits, fit
from connectors_shared.definition.inputs.schema import compile_inputs
from connectors_shared.http.problems import FieldProblem
from connectors_shared.runtime.logging import get_logger

SCHEMA: Final[TypeAdapter[InputSchema]] = TypeAdapter(InputSchema)
AT_ONCE: Final = 8
Wanted = tuple[UUID, int | None]
log = get_logger(__name__)


async def problems_of_calls(
    workspace_id: UUID, draft: FlowDraft, connectors: Connectors, stored: FlowDraft | None = None
) -> list[FieldProblem]:
    """Nothing while the registry is away: each execution is judged by the executor again. Calls that are in `stored` as
    they are keep nobody from changing all else of the flow, or from switching it off."""
    settled = [] if stored is None else [step for _, step in calls_in(stored.steps, "/steps")]
    calls = [(place, step) for place, step in calls_in(draft.steps, "/steps") if step not in settled]
    try:
        schemas = await _schemas(workspace_id, {_wanted(step) for _, step in calls}, connectors)
    except ConnectorsAwayError as error:
        log.warning("flow.inputs_not_judged", why=str(error))
        return []
    return [problem for place, step in calls for problem in _problems(place, step, schemas[_wanted(step)])]


def calls_in(steps: Sequence[Step], pointer: str) -> Iterator[tuple[str, ConnectorStep]]:
    """With a pointer to each, those of branches included."""
    for number, step in enumerate(steps):
        place = f"{pointer}/{number}"
        if isinstance(step, ConnectorStep):
            yield place, step
        elif isinstance(step, IfStep):
            yield from calls_in(step.then, f"{place}/then")
            yield from calls_in(step.otherwise, f"{place}/else")


def _wanted(step: ConnectorStep) -> Wanted:
    return step.connector_id, step.connector_version


async def _schemas(
    workspace_id: UUID, wanted: set[Wanted], connectors: Connectors
) -> dict[Wanted, dict[str, Any] | None]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(each: Wanted) -> dict[str, Any] | None:
        async with gate:
            return await connectors.input_schema(workspace_id, *each)

    ordered = list(wanted)
    return dict(zip(ordered, await asyncio.gather(*map(one, ordered)), strict=True))


def _problems(place: str, step: ConnectorStep, schema: dict[str, Any] | None) -> list[FieldProblem]:
    if schema is None:
        what = "connectorId" if step.connector_version is None else "connectorVersion"
        return [FieldProblem(pointer=f"{place}/{what}", detail="is none of this workspace; choose another")]
    try:
        fields = compile_inputs(SCHEMA.validate_python(schema), "", Compilation())
    except ValidationError:  # of a newer registry
        return []
    return list(_misfits(f"{place}/inputs", step.inputs, fields))


def _misfits(place: str, inputs: dict[str, Any], fields: Fields) -> Iterator[FieldProblem]:
    """What a template gives is known in a run alone: its field is left out."""
    later = {name for name, value in inputs.items() if is_template(value)}
    judged = Fields(tuple(each for each in fields if each[0] not in later))
    found = fit(judged, {name: value for name, value in inputs.items() if name not in later}, place)
    for problem in found.problems if isinstance(found, Misfits) else ():
        yield FieldProblem(pointer=problem.pointer, detail=problem.detail)
