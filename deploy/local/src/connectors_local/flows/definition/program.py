"""A flow as the engine runs it: one list of instructions, so that a number says where a run is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from connectors_local.flows.definition.steps import FlowDraft, IfStep, Leaf, Step, UpdateContactStep
from connectors_local.flows.templates import CONTACT, names_in

KEPT: Final = 64
"""Programs; one takes up to some thirty times the bytes of its definition."""


@dataclass(frozen=True, slots=True)
class Do:
    """Run the step, then go to the next instruction. `uses_contact`: its templates need more than the contact's id."""

    step: Leaf
    uses_contact: bool


@dataclass(frozen=True, slots=True)
class Decide:
    """Go on when the condition holds, else at `otherwise`."""

    step: IfStep
    otherwise: int
    uses_contact: bool


@dataclass(frozen=True, slots=True)
class Jump:
    """Go on at `at`."""

    at: int


Instruction = Do | Decide | Jump


@dataclass(slots=True)
class _Writer:
    """Appends instructions; a jump over a part that is not written yet is filled in after it."""

    instructions: list[Instruction | None] = field(default_factory=list)

    def all_of(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if isinstance(step, IfStep):
                self._branch(step)
            else:
                self.instructions.append(Do(step, _uses_contact(step)))

    def _branch(self, step: IfStep) -> None:
        decision = self._reserve()
        self.all_of(step.then)
        jump = self._reserve() if step.otherwise else None
        uses = CONTACT in names_in(step.condition.model_dump(by_alias=True))
        self.instructions[decision] = Decide(step, len(self.instructions), uses)
        self.all_of(step.otherwise)
        if jump is not None:
            self.instructions[jump] = Jump(len(self.instructions))

    def _reserve(self) -> int:
        self.instructions.append(None)
        return len(self.instructions) - 1


def _uses_contact(step: Leaf) -> bool:
    if isinstance(step, UpdateContactStep):
        return CONTACT in names_in([step.user_fields, step.custom_fields])
    return CONTACT in names_in(getattr(step, "inputs", None))


def compile_steps(steps: Iterable[Step]) -> tuple[Instruction, ...]:
    """Of steps that were judged; the same steps give the same program."""
    writer = _Writer()
    writer.all_of(steps)
    return tuple(each for each in writer.instructions if each is not None)


@lru_cache(maxsize=KEPT)
def program_of(definition: bytes) -> tuple[Instruction, ...]:
    """Of the JSON of a FlowDraft, as it is stored."""
    return compile_steps(FlowDraft.model_validate_json(definition).steps)
