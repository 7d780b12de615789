"""The executor's internal API: the state of a connector, and its backlog."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import ValidationError

from connectors_local.demo.clients import Api, ApiError
from connectors_shared.contract.model import Message
from connectors_shared.contract.status import ConnectorStatus

REFUSED: Final = (401, 403)

M = TypeVar("M", bound=Message)


class ParkedExecution(Message):
    """One line of a backlog; `leased`: it is being run now."""

    execution_id: UUID
    lane: str | int
    reason: str
    attempt: int
    parked_at: datetime
    not_before: datetime | None = None
    leased: bool = False


class ParkedPage(Message):
    """In the order in which they would run; `next` is the cursor of the page after, if there is one."""

    parked: list[ParkedExecution]
    next: str | None = None


class Cancelled(Message):
    """How many were cancelled."""

    cancelled: int


class Holder(Message):
    """The execution of the first unfinished record of a partition."""

    execution_id: UUID
    workspace_id: UUID
    connector_id: UUID
    attempt: int
    admitted: bool


class Watermark(Message):
    """How far a partition has come: everything below `watermark` is finished."""

    partition: int
    watermark: int | None
    unfinished: int
    seconds: float
    holder: Holder | None


class Watermarks(Message):
    """Of the partitions that the executor has now."""

    partitions: list[Watermark]


@dataclass(frozen=True, slots=True)
class Executor:
    """Every method raises ApiError."""

    api: Api

    async def status(self, connector_id: UUID, workspace_id: UUID) -> ConnectorStatus:
        query = {"workspaceId": str(workspace_id)}
        return await self._ask(ConnectorStatus, "GET", f"/internal/connectors/{connector_id}/status", params=query)

    async def parked(
        self, connector_id: UUID, workspace_id: UUID, *, limit: int, after: str | None = None
    ) -> ParkedPage:
        query = {"workspaceId": str(workspace_id), "limit": limit} | ({"after": after} if after else {})
        return await self._ask(ParkedPage, "GET", f"/internal/connectors/{connector_id}/parked", params=query)

    async def cancel(self, connector_id: UUID, workspace_id: UUID, execution_ids: Sequence[UUID] | None = None) -> int:
        """Cancel these parked executions (None: all of the connector); how many. What runs is not touched."""
        body = {
            "workspaceId": str(workspace_id),
            "executionIds": None if execution_ids is None else [str(each) for each in execution_ids],
        }
        path = f"/internal/connectors/{connector_id}/parked/cancel"
        return (await self._ask(Cancelled, "POST", path, json=body)).cancelled

    async def watermarks(self) -> list[Watermark]:
        return (await self._ask(Watermarks, "GET", "/internal/watermarks")).partitions

    async def _ask(self, model: type[M], method: str, path: str, **options: Any) -> M:
        status, body = await self.api.ask(method, path, also=REFUSED, **options)
        if status in REFUSED:
            raise ApiError(
                f"the executor refuses CONNECTORS_OPERATOR_TOKEN ({status}): "
                "set it to the operator's secret in its CONNECTORS_INTERNAL_CALLERS; "
                "`connectors env` prints that of the local stack"
            )
        try:
            return model.model_validate(body)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, line['loc']))}: {line['msg']}" for line in error.errors())
            raise ApiError(f"{method} {path}: the executor's answer has another shape than expected: {wrong}") from None
