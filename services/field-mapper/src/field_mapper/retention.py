"""Forgetting what no redelivery can bring back, and making room for the days to come."""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from connectors_shared.runtime.loops import PollLoop
from connectors_shared.runtime.supervision import Work
from field_mapper.outbound.faults import may_pass

PERIOD_SECONDS: Final = 3600.0


class Forgets(Protocol):
    """What is kept for so many days."""

    async def keep_update_days(self, days_kept: int) -> None: ...
    async def forget(self, older_than_days: int) -> None: ...
    async def forget_imports(self) -> None: ...
    async def forget_keys(self) -> None: ...
    async def forget_audit(self, older_than_days: int) -> None: ...


def forgetting(kept: Forgets, days: int, message_days: int, audit_days: int) -> tuple[Work, ...]:
    """Loops, once an hour each. `message_days`: of the messages, which a restart may have to publish again;
    `audit_days`: of who did what."""
    return (
        _hourly("update_days.keep", lambda: kept.keep_update_days(message_days)),
        _hourly("executions.forget", lambda: kept.forget(days)),
        _hourly("contact_imports.forget", kept.forget_imports),
        _hourly("request_keys.forget", kept.forget_keys),
        _hourly("audit.forget", lambda: kept.forget_audit(audit_days)),
    )


def _hourly(name: str, work: Callable[[], Awaitable[None]]) -> Work:
    async def once() -> float:
        await work()
        return PERIOD_SECONDS

    return PollLoop(name, once, waits_for=may_pass).run
