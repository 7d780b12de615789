"""A store of several parts, each with a memory of its own: what is asked of it goes to the parts that it concerns."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from connector_executor.admission.keys import part_of
from connector_executor.admission.port import (
    BETWEEN,
    Admission,
    Admitted,
    Ask,
    BudgetSpec,
    Ended,
    HealthChange,
    Limits,
    Subject,
    Tally,
)
from connector_executor.policies.quota import Advice
from connectors_shared.runtime.supervision import to_their_ends

Item = TypeVar("Item")


class Parted(Protocol):
    """Whatever there is one of for each part."""

    @property
    def parts(self) -> Sequence[Any]: ...

    def part_of(self, workspace_id: str) -> int: ...


def by_part(
    parted: Parted, items: Sequence[Item], workspace_of: Callable[[Item], str]
) -> list[tuple[int, Sequence[Item]]]:
    """(number of a part, what concerns it), in the order of the items. Parts that none concerns are left out."""
    if len(parted.parts) == 1:
        return [(0, items)] if items else []
    found: defaultdict[int, list[Item]] = defaultdict(list)
    for item in items:
        found[parted.part_of(workspace_of(item))].append(item)
    return list(found.items())


class Parts:
    """Several of them. A part that is away holds none of the others up; its error is raised when they are done."""

    def __init__(self, parts: Sequence[Admission]) -> None:
        self.parts = tuple(parts)

    @property
    def generation(self) -> str:
        """Names those of all parts that are known."""
        return BETWEEN.join(part.generation for part in self.parts if part.generation)

    def part_of(self, workspace_id: str) -> int:
        return part_of(workspace_id, len(self.parts))

    def remembers(self, workspace_id: str, generations: Iterable[str]) -> bool:
        return self._of(workspace_id).remembers(workspace_id, generations)

    async def admit(self, asks: Sequence[Ask]) -> list[Admitted]:
        answers: dict[int, Admitted] = {}

        async def ask(part: Admission, chosen: Sequence[tuple[int, Ask]]) -> None:
            found = await part.admit([one for _, one in chosen])
            answers.update(zip([number for number, _ in chosen], found, strict=True))

        await self._each(list(enumerate(asks)), lambda numbered: numbered[1].workspace_id, ask)
        return [answers[number] for number in range(len(asks))]

    async def park(self, asks: Sequence[Ask]) -> None:
        await self._each(asks, lambda ask: ask.workspace_id, lambda part, chosen: part.park(chosen))

    async def mark_backlog(self, subjects: Sequence[Subject], exists: bool) -> None:
        await self._each(subjects, lambda one: one.workspace_id, lambda part, chosen: part.mark_backlog(chosen, exists))

    async def settle(self, ended: Sequence[Ended]) -> None:
        await self._each(ended, lambda one: one.workspace_id, lambda part, chosen: part.settle(chosen))

    async def release(self, asks: Sequence[Ask]) -> None:
        await self._each(asks, lambda ask: ask.workspace_id, lambda part, chosen: part.release(chosen))

    async def forget_dead(self, executions: Sequence[tuple[str, str]]) -> None:
        await self._each(executions, lambda one: one[0], lambda part, chosen: part.forget_dead(chosen))

    async def observe(self, workspace_id: str, budget: BudgetSpec, seen: Advice) -> None:
        await self._of(workspace_id).observe(workspace_id, budget, seen)

    async def lift(self, subject: Subject) -> list[str]:
        return await self._of(subject.workspace_id).lift(subject)

    async def report(self, tallies: Sequence[tuple[Subject, Tally]]) -> list[HealthChange]:
        changes: list[HealthChange] = []

        async def tell(part: Admission, chosen: Sequence[tuple[Subject, Tally]]) -> None:
            changes.extend(await part.report(chosen))

        await self._each(tallies, lambda one: one[0].workspace_id, tell)
        return changes

    async def limits(self, subject: Subject) -> Limits:
        return await self._of(subject.workspace_id).limits(subject)

    def _of(self, workspace_id: str) -> Admission:
        return self.parts[self.part_of(workspace_id)]

    async def _each(
        self,
        items: Sequence[Item],
        workspace_of: Callable[[Item], str],
        run: Callable[[Admission, Sequence[Item]], Awaitable[Any]],
    ) -> None:
        await to_their_ends(run(self.parts[number], chosen) for number, chosen in by_part(self, items, workspace_of))
