"""A person wants a connector tried now, although its API has asked to be left alone, or has failed."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from connector_executor.admission.port import PartedAdmission
from connector_executor.connectors.table import ConnectorTable
from connector_executor.parking.port import ParkingStore


@dataclass(frozen=True, slots=True)
class Resumed:
    """`lifted`: codes of what held it back (`Admission.lift`); `parked`: how many of its executions go on."""

    lifted: list[str]
    parked: int


class Lifting:
    """In the store of budgets first: what is woken must not meet the hold again. `wake`: of the drainer here."""

    def __init__(
        self, table: ConnectorTable, admission: PartedAdmission, parking: ParkingStore, wake: Callable[[UUID], None]
    ) -> None:
        self._table = table
        self._admission = admission
        self._parking = parking
        self._wake = wake

    async def lift(self, connector_id: UUID, workspace_id: UUID) -> Resumed | None:
        """None when the workspace has no such connector here. Raises ConnectionError."""
        plan = self._table.plan(connector_id)
        if plan is None or plan.workspace_id != workspace_id:
            return None
        lifted = await self._admission.lift(plan.subject)
        parked = await self._parking.try_now(connector_id)
        self._wake(connector_id)
        return Resumed(lifted, parked)
