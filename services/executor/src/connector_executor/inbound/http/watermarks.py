"""`/internal/watermarks`: how far each partition has come, and which execution holds it there."""

from collections.abc import Callable, Sequence
from uuid import UUID

from fastapi import APIRouter

from connector_executor.inbound.http.shapes import Shape
from connector_executor.inbound.kafka.progress import Watermark


class HolderShape(Shape):
    """The execution of the first unfinished record. `admitted`: it waits for its slot, is called, or is tried again;
    else it waits in the queue of its connector.
    """

    execution_id: UUID
    workspace_id: UUID
    connector_id: UUID
    attempt: int
    admitted: bool


class WatermarkShape(Shape):
    """Everything below `watermark` is finished; null: nothing has been delivered yet. `unfinished` counts records from
    there on; `seconds`: how long the first of them has been that. `holder` is null when there is none, or when that
    record is being looked up or set aside.
    """

    partition: int
    watermark: int | None
    unfinished: int
    seconds: float
    holder: HolderShape | None


class WatermarksShape(Shape):
    """Of the partitions of `connector.execute` that this executor has now."""

    partitions: list[WatermarkShape]


def watermarks_router(watermarks: Callable[[], Sequence[Watermark]]) -> APIRouter:
    router = APIRouter(tags=["watermarks"])

    @router.get("/watermarks", response_model_exclude_none=False)
    async def show() -> WatermarksShape:
        """What holds the offset of each partition."""
        return WatermarksShape(partitions=[_shape(each) for each in watermarks()])

    return router


def _shape(each: Watermark) -> WatermarkShape:
    holder = each.holder and HolderShape(
        execution_id=each.holder.event.execution_id,
        workspace_id=each.holder.event.workspace_id,
        connector_id=each.holder.event.connector_id,
        attempt=each.holder.attempt,
        admitted=each.admitted,
    )
    return WatermarkShape(
        partition=each.partition,
        watermark=each.offset,
        unfinished=each.records,
        seconds=round(each.seconds, 3),
        holder=holder,
    )
