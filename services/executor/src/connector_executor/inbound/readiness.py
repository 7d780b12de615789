"""Health checks of the executor."""

from connector_executor.admission.port import Admission
from connector_executor.inbound.kafka.progress import Progress
from connector_executor.parking.parker import Parker
from connector_executor.scheduling.claims import Claims
from connectors_shared.runtime.health import Check
from connectors_shared.runtime.subscription import Subscription


def checks(admission: Admission, claims: Claims, subscription: Subscription, progress: Progress) -> dict[str, Check]:
    """Ready means: Kafka and Redis answer, and every partition moves."""

    async def redis() -> str | None:
        await admission.check()
        return None if claims.available else "admission is paused until Redis answers again"

    async def partitions() -> str | None:
        return progress.problem()

    return {"kafka": subscription.problem, "redis": redis, "progress": partitions}


def impairments(parker: Parker) -> dict[str, Check]:
    """Without Postgres what has to be parked waits, and all else runs."""

    async def parking() -> str | None:
        return None if parker.available else "what has to be parked waits until Postgres answers again"

    return {"parking": parking}
