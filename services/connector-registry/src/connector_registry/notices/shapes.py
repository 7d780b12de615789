"""What is shown of notices."""

from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from connectors_shared.contract.model import Moment
from connectors_shared.http.openapi import request_body


class NoticeView(BaseModel):
    """`since` when it is so, `closed_at` when that ended by itself. `read_by`: who looked at it first."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str
    connector_id: UUID | None
    connector_name: str | None
    credential_id: UUID | None
    credential_name: str | None
    detail: str
    since: datetime
    opened_at: datetime
    closed_at: datetime | None
    read_at: datetime | None
    read_by: str | None


class AllRead(BaseModel):
    """`opened_until`: what somebody has been shown; what was opened later is not read by that."""

    model_config = ConfigDict(extra="forbid")

    opened_until: Moment


READ_BODY: Final = request_body(AllRead)


class MarkedRead(BaseModel):
    """`marked`: how many nobody had read before."""

    marked: int


class NoticePage(BaseModel):
    """`unread`: how many of the workspace are open and not read. `next_cursor`: of the page after this; null on the
    last."""

    notices: list[NoticeView]
    unread: int
    next_cursor: str | None
