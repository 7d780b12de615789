"""Health checks of the executor."""

from connector_executor.admission.port import Admission
from connector_executor.inbound.kafka.commits import Commits
from connector_executor.inbound.kafka.window import Assignments
from connector_executor.parking.parker import Parker
from connector_executor.scheduling.claims import Claims
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.health import Check
from connectors_shared.runtime.intake import Subscription


def checks(
    admission: Admission,
    claims: Claims,
    parker: Parker,
    subscription: Subscription,
    assignments: Assignments,
    commits: Commits,
    clock: Clock,
    stall_seconds: float,
) -> dict[str, Check]:
    """Ready means: partitions known, Redis answers, and lag is being worked off."""

    async def kafka() -> str | None:
        return None if subscription.consumer is not None else "the consumer has not started"

    async def redis() -> str | None:
        await admission.check()
        return None if claims.available else "admission is paused until Redis answers again"

    async def progress() -> str | None:
        unfinished = sum(len(assignment.window) for assignment in assignments.partitions.values())
        idle = clock.monotonic() - commits.last_progress
        if unfinished and idle > stall_seconds:
            return f"{unfinished} records and no commit for {idle:.0f} s"
        return None

    async def parking() -> str | None:
        return None if parker.available else "what has to be parked waits until Postgres answers again"

    return {"kafka": kafka, "redis": redis, "parking": parking, "progress": progress}
