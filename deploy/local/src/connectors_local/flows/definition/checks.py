"""What a flow must be to be saved, beyond its shape: everything that is wrong at once, with a pointer to each."""

from collections.abc import Iterator
from typing import Any, Final

from connectors_local.flows.definition.steps import (
    DEEPEST,
    MOST_STEPS,
    All,
    Comparison,
    Condition,
    ConnectorStep,
    FlowDraft,
    IfStep,
    Leaf,
    Not,
    Step,
    UpdateContactStep,
    WaitStep,
)
from connectors_local.flows.templates import RESERVED, names_in
from connectors_shared.contract.contact import USER_FIELDS
from connectors_shared.definition.problems import escaped
from connectors_shared.definition.templates import OPENING, TemplateError
from connectors_shared.http.problems import FieldProblem

MOST_CONDITIONS: Final = 50
"""Of one `if`."""
DEEPEST_CONDITION: Final = 20
"""How many `all`, `any` and `not` may be around a comparison."""
MOST_BYTES: Final = 256 * 1024
"""Of a flow, as JSON: whoever runs it reads all of it at each step."""
MOST_PLACEHOLDERS: Final = 2_000
"""Of a flow: reading one costs as much as some hundred characters."""
DEEPEST_VALUE: Final = 20
"""How many objects and lists may be within each other."""


def problems_of(flow: FlowDraft) -> list[FieldProblem]:
    """Empty: it can be run."""
    if too_much := _too_much(flow.model_dump_json(by_alias=True, exclude_defaults=True)):
        return [FieldProblem(pointer="", detail=too_much)]
    review = _Review()
    review.steps(flow.steps, "/steps", 0)
    if review.count > MOST_STEPS:
        review.wrong("/steps", f"has {review.count} steps, those of all branches included; {MOST_STEPS} are the most")
    return review.problems


def _too_much(text: str) -> str | None:
    """Seen before any of it is read as templates."""
    if (size := len(text.encode())) > MOST_BYTES:
        return f"has {size} bytes as JSON; {MOST_BYTES} are the most"
    if (count := text.count(OPENING)) > MOST_PLACEHOLDERS:
        return f"has {count} placeholders; {MOST_PLACEHOLDERS} are the most"
    return None


class _Review:
    """Goes through the steps in the order in which they are written; `known` are the names that came before."""

    def __init__(self) -> None:
        self.problems: list[FieldProblem] = []
        self.count = 0
        self._ids: set[str] = set()
        self._known = set(RESERVED)

    def wrong(self, pointer: str, detail: str) -> None:
        self.problems.append(FieldProblem(pointer=pointer, detail=detail))

    def steps(self, steps: list[Step], pointer: str, depth: int) -> None:
        for number, step in enumerate(steps):
            place = f"{pointer}/{number}"
            self.count += 1
            if step.id in self._ids:
                self.wrong(f"{place}/id", "is the id of an earlier step; each has its own")
            self._ids.add(step.id)
            if isinstance(step, IfStep):
                self._if(step, place, depth)
            else:
                self._leaf(step, place)

    def _if(self, step: IfStep, place: str, depth: int) -> None:
        if depth >= DEEPEST:
            self.wrong(place, f"is within {depth} others; {DEEPEST} is the most")
            return
        comparisons = list(_comparisons(step.condition, f"{place}/condition"))
        if len(comparisons) > MOST_CONDITIONS:
            self.wrong(f"{place}/condition", f"has {len(comparisons)} comparisons; {MOST_CONDITIONS} are the most")
        if any(depth > DEEPEST_CONDITION for _, _, depth in comparisons):
            self.wrong(f"{place}/condition", f"is nested deeper than {DEEPEST_CONDITION} levels")
        for where, comparison, _ in comparisons:
            self._templates(comparison.value, f"{where}/value")
            self._templates(comparison.than, f"{where}/than")
        self.steps(step.then, f"{place}/then", depth + 1)
        self.steps(step.otherwise, f"{place}/else", depth + 1)

    def _leaf(self, step: Leaf, place: str) -> None:
        if isinstance(step, WaitStep):
            self._wait(step, place)
        elif isinstance(step, UpdateContactStep):
            self._update(step, place)
        else:
            self._connector(step, place)

    def _wait(self, step: WaitStep, place: str) -> None:
        if (step.seconds is None) == (step.until is None):
            self.wrong(place, "waits for seconds or until a moment: give one of the two")

    def _update(self, step: UpdateContactStep, place: str) -> None:
        if not step.user_fields and not step.custom_fields:
            self.wrong(place, "writes nothing: give userFields or customFields")
        for name in step.user_fields:
            if name not in USER_FIELDS:
                self.wrong(f"{place}/userFields/{escaped(name)}", "is none of the user fields")
        self._each(step.user_fields, f"{place}/userFields")
        self._each(step.custom_fields, f"{place}/customFields")

    def _connector(self, step: ConnectorStep, place: str) -> None:
        self._each(step.inputs, f"{place}/inputs")
        if step.store_as in RESERVED:
            self.wrong(f"{place}/storeAs", f"is a name that every run has: {', '.join(sorted(RESERVED))}")
        elif step.store_as is not None:
            self._known.add(step.store_as)

    def _each(self, values: dict[str, Any], place: str) -> None:
        for name, value in values.items():
            self._templates(value, f"{place}/{escaped(name)}")

    def _templates(self, value: Any, place: str) -> None:
        if _is_deeper(value, DEEPEST_VALUE):
            self.wrong(place, f"is nested deeper than {DEEPEST_VALUE} levels")
            return
        try:
            unknown = [name for name in names_in(value) if name not in self._known]
        except TemplateError as error:
            self.wrong(place, str(error))
            return
        if unknown:
            known = ", ".join(sorted(self._known))
            self.wrong(place, f"uses {unknown[0]}, which no earlier step stores; known here: {known}")


def _comparisons(condition: Condition, place: str, depth: int = 0) -> Iterator[tuple[str, Comparison, int]]:
    """Each with its place, and within how many others it is."""
    if isinstance(condition, Comparison):
        yield place, condition, depth
    elif isinstance(condition, Not):
        yield from _comparisons(condition.negated, f"{place}/not", depth + 1)
    else:
        word, parts = ("all", condition.all) if isinstance(condition, All) else ("any", condition.any)
        for number, part in enumerate(parts):
            yield from _comparisons(part, f"{place}/{word}/{number}", depth + 1)


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    parts = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in parts)
