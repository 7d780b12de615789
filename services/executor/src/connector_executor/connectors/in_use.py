"""The plans that anybody has.

`weakref.WeakValueDictionary` calls Python for each plan that is gone, and with very many connectors a plan comes and
goes with each execution. Here nobody is called, and what is gone is swept out when it may be half of all.
"""

from typing import Final
from uuid import UUID
from weakref import ref

from connector_executor.connectors.plan import Plan

FEW: Final = 2_048
"""Not worth a sweep."""
Key = UUID | tuple[UUID, int]


class PlansInUse:
    """By connector, or connector and version. It keeps none."""

    __slots__ = ("_most", "_plans")

    def __init__(self) -> None:
        self._plans: dict[Key, ref[Plan]] = {}
        self._most = FEW

    def __len__(self) -> int:
        """Entries, those of plans that are gone among them: at most twice as many as the others, or a few."""
        return len(self._plans)

    def __setitem__(self, key: Key, plan: Plan) -> None:
        self._plans[key] = ref(plan)
        if len(self._plans) > self._most:
            self._sweep()

    def get(self, key: Key) -> Plan | None:
        found = self._plans.get(key)
        return None if found is None else found()

    def pop(self, key: Key) -> Plan | None:
        found = self._plans.pop(key, None)
        return None if found is None else found()

    def _sweep(self) -> None:
        self._plans = {key: plan for key, plan in self._plans.items() if plan() is not None}
        self._most = max(FEW, 2 * len(self._plans))
