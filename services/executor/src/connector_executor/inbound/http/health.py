"""Health checks of the executor."""

from connector_executor.admission.port import Admission
from connector_executor.dispatcher import Dispatcher
from connector_executor.inbound.executions import Intake
from connector_executor.parking.parker import Parker
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.health import Check


def checks(
    admission: Admission,
    dispatcher: Dispatcher,
    intake: Intake,
    parker: Parker,
    clock: Clock,
    stall_seconds: float,
) -> dict[str, Check]:
    """Ready means: partitions known, Redis answers, and lag is being worked off."""

    async def kafka() -> str | None:
        consumer = intake.consumer()
        return None if consumer is not None else "the consumer has not started"

    async def redis() -> str | None:
        await admission.check()
        return None if dispatcher.available else "admission is paused until Redis answers again"

    async def progress() -> str | None:
        unfinished = sum(len(assignment.window) for assignment in intake.assignments.partitions.values())
        idle = clock.monotonic() - intake.last_progress
        if unfinished and idle > stall_seconds:
            return f"{unfinished} records and no commit for {idle:.0f} s"
        return None

    async def parking() -> str | None:
        return None if parker.available else "what has to be parked waits until Postgres answers again"

    return {"kafka": kafka, "redis": redis, "parking": parking, "progress": progress}
