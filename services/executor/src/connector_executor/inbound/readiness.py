"""Health checks of the executor."""

from connector_executor.inbound.kafka.progress import Progress
from connector_executor.parking.parker import Parker
from connector_executor.scheduling.claims import Claims
from connectors_shared.runtime.health import Check
from connectors_shared.runtime.subscription import Subscription


def checks(claims: Claims, subscription: Subscription, progress: Progress) -> dict[str, Check]:
    """Ready means: Kafka and Redis answer, and every partition moves. Redis is not asked here: it is all the time."""

    async def redis() -> str | None:
        return claims.problem()

    async def partitions() -> str | None:
        return progress.problem()

    return {"kafka": subscription.problem, "redis": redis, "progress": partitions}


def impairments(parker: Parker, claims: Claims) -> dict[str, Check]:
    """Without Postgres what has to be parked waits; without a part of Redis, its workspaces do. All else runs."""

    async def store() -> str | None:
        """The numbers are those of the metrics."""
        lost = [part.number for part in claims.parts if part.available and not part.ready]
        if claims.available and claims.away:
            return f"workspaces in {_listed(claims.away)} of Redis wait until their primary answers again"
        return f"writes of workspaces in {_listed(lost)} of Redis wait until it is refilled" if lost else None

    async def parking() -> str | None:
        return None if parker.available else "what has to be parked waits until Postgres answers again"

    return {"parking": parking, "store": store}


def _listed(parts: list[int]) -> str:
    return f"{'part' if len(parts) == 1 else 'parts'} {', '.join(map(str, parts))}"
