"""What is shown of health."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from connector_registry.health.judging import Judgement


class CauseView(BaseModel):
    """`source`: the header of the other side that says so, or the event that brought it about."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    detail: str
    source: str | None


class ParkedView(BaseModel):
    """What waits in the backlog. `drain_seconds`: after how long the last of them goes at the present rate; null when
    that cannot be said."""

    model_config = ConfigDict(from_attributes=True)

    count: int
    waiting_for_retry: int
    oldest: datetime | None
    next_slot: datetime | None
    drain_seconds: float | None


class ReasonView(BaseModel):
    """`until`: when it ends by itself."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    detail: str
    until: datetime | None


class LastExecution(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    status: str
    error_type: str | None
    error_message: str | None
    http_status: int | None
    executed_at: datetime


class HealthView(BaseModel):
    """`state`: deleted, disabled, credential_stale, unhealthy, breaker_open, limited, failing, running, idle,
    never_used, no_answer, paused, credential_missing, token_missing, credential_unreadable, definition_unreadable or
    unknown.
    `answered_by`: executor, or registry when no executor answered in time; then `parked`, `waiting` and `in_flight` are
    null."""

    connector_id: UUID
    name: str
    state: str
    sentence: str = Field(description="Why it runs, or does not, in plain words.")
    advice: str = Field(description="What to do about it.")
    since: datetime | None
    until: datetime | None = Field(description="When it ends by itself.")
    cause: CauseView | None
    reasons: list[ReasonView]
    parked: ParkedView | None
    waiting: int | None
    in_flight: int | None
    last_execution: LastExecution | None
    answered_by: str


class HealthList(BaseModel):
    """In the order in which they were asked for, without those that there are none of."""

    connectors: list[HealthView]


def view(found: Judgement) -> HealthView:
    status, facts = found.status, found.facts
    last = facts.executions[0] if facts.executions else None
    return HealthView(
        connector_id=facts.connector_id,
        name=facts.name,
        state=found.state,
        sentence=found.sentence,
        advice=found.advice,
        since=found.since,
        until=found.until,
        cause=CauseView.model_validate(found.cause) if found.cause else None,
        reasons=[ReasonView.model_validate(reason) for reason in status.reasons] if status else [],
        parked=ParkedView.model_validate(status.parked) if status else None,
        waiting=status.waiting if status else None,
        in_flight=status.in_flight if status else None,
        last_execution=LastExecution.model_validate(last) if last else None,
        answered_by="executor" if status else "registry",
    )
