"""A flow from JSON that a stranger wrote: the draft, or everything that is wrong with it."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from connectors_local.flows.definition.checks import problems_of
from connectors_local.flows.definition.steps import FlowDraft
from connectors_shared.http.problems import FieldProblem, InvalidRequestError, field_problems

MOST_PROBLEMS = 50


def parse_draft(raw: Any) -> FlowDraft:
    """Raises InvalidRequestError."""
    try:
        draft = FlowDraft.model_validate(raw)
    except ValidationError as error:
        raise InvalidRequestError(_located(error, raw)[:MOST_PROBLEMS]) from None
    if problems := problems_of(draft):
        raise InvalidRequestError(problems[:MOST_PROBLEMS])
    return draft


def _located(error: ValidationError, raw: Any) -> list[FieldProblem]:
    lines: list[Any] = error.errors(include_input=False, include_url=False)
    return field_problems([{**line, "loc": place_in(raw, line["loc"])} for line in lines])


def place_in(raw: Any, location: Sequence[str | int]) -> tuple[str | int, ...]:
    """Without the names of models that pydantic puts between the parts of the way."""
    kept: list[str | int] = []
    here = raw
    for number, part in enumerate(location):
        if _has(here, part):
            here = here[part]
        elif number < len(location) - 1 or not isinstance(here, dict):
            continue
        kept.append(part)
    return tuple(kept)


def _has(here: Any, part: str | int) -> bool:
    if isinstance(here, list):
        return isinstance(part, int) and part < len(here)
    return isinstance(here, dict) and part in here
