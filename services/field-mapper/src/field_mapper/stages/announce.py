"""announce: the `contact.updated` of a proposal; the same bytes are stored and published."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from connectors_shared.contract.updates import ContactUpdated
from connectors_shared.runtime.kafka import MAX_MESSAGE_BYTES
from field_mapper.model import Proposal
from field_mapper.stages.merge import Written

BODY_LIMIT_BYTES: Final = MAX_MESSAGE_BYTES - 32_768
TOO_LARGE: Final = "the values are too large to repeat here; read the contact"


@dataclass(frozen=True, slots=True)
class Announcement:
    """A `contact.updated` ready to publish. `outcome` is a word for the metrics."""

    execution_id: UUID
    workspace_id: UUID
    contact_id: UUID | None
    body: bytes
    outcome: str

    def key(self) -> bytes:
        """As `ContactUpdated.key`: all of one contact in order."""
        return str(self.contact_id or self.execution_id).encode()


def announce(
    proposal: Proposal,
    contact_id: UUID | None,
    written: Written,
    now: datetime,
    *,
    created: bool = False,
    reason: str | None = None,
) -> Announcement:
    """`reason` says why nothing was written at all; `updated_at` of the message is `now`."""
    message = ContactUpdated(
        execution_id=proposal.execution_id,
        workspace_id=proposal.workspace_id,
        connector_id=proposal.connector_id,
        contact_id=str(contact_id) if contact_id else None,
        context=proposal.context,
        created=created,
        user_fields=written.user,
        custom_fields=written.custom,
        refused=[value for _, value in proposal.refused],
        reason=reason,
        updated_at=now,
    )
    changed = bool(written.user or written.custom)
    return Announcement(
        execution_id=proposal.execution_id,
        workspace_id=proposal.workspace_id,
        contact_id=contact_id,
        body=_within_limit(message),
        outcome="created" if created else "updated" if changed else "failed" if proposal.failure else "unchanged",
    )


def _within_limit(message: ContactUpdated) -> bytes:
    """A message that the broker refuses would be lost after its transaction: shorten it instead."""
    body = message.to_json()
    if len(body) <= BODY_LIMIT_BYTES:
        return body
    bare = message.context.model_copy(update={"variables": {}})
    return message.model_copy(
        update={
            "context": bare,
            "user_fields": {},
            "custom_fields": {},
            "refused": message.refused[:100],
            "reason": TOO_LARGE,
        }
    ).to_json()
