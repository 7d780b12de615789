"""announce: the `contact.updated` of a proposal; the same bytes are stored and published."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from connectors_shared.contract.topics import CONTACT_UPDATED
from connectors_shared.contract.updates import ContactUpdated
from field_mapper.model import Proposal
from field_mapper.stages.merge import Written

SHOWN_REFUSALS: Final = 100
TOO_LARGE: Final = "the values are too large to repeat here; read the contact"


@dataclass(frozen=True, slots=True)
class Announcement:
    """A `contact.updated` ready to publish. `outcome` is a word for the metrics.

    `sequence` orders the updates of one contact; None for one that was stored before they were counted.
    """

    execution_id: UUID
    workspace_id: UUID
    contact_id: UUID | None
    body: bytes
    outcome: str
    sequence: int | None = None

    @property
    def subject(self) -> UUID:
        """Whose updates keep their order."""
        return self.contact_id or self.execution_id

    def key(self) -> bytes:
        """As `ContactUpdated.key`: all of one contact in order."""
        return str(self.subject).encode()


def announce(
    proposal: Proposal,
    contact_id: UUID | None,
    written: Written,
    now: datetime,
    sequence: int,
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
        created=created,
        user_fields=written.user,
        custom_fields=written.custom,
        refused=[value for _, value in proposal.refused],
        reason=reason,
        updated_at=now,
        sequence=sequence,
    )
    changed = bool(written.user or written.custom)
    return Announcement(
        execution_id=proposal.execution_id,
        workspace_id=proposal.workspace_id,
        contact_id=contact_id,
        body=_written(message, proposal),
        outcome="created" if created else "updated" if changed else "failed" if proposal.failure else "unchanged",
        sequence=sequence,
    )


def smallest_update(body: bytes) -> bytes:
    """The same update in a few kilobytes, for a broker that took no more; it depends on the body alone."""
    *_, smallest = _lighter(ContactUpdated.model_validate_json(body))
    return smallest.to_json()


def _written(message: ContactUpdated, proposal: Proposal) -> bytes:
    """Within the topic's limit: what the broker refuses would be lost after its transaction."""
    parts = msgspec.json.decode(message.to_json(), type=dict[str, msgspec.Raw])
    body = msgspec.json.encode(parts | {"context": msgspec.Raw(proposal.carried)})
    for lighter in _lighter(message.model_copy(update={"context": proposal.context})):
        if len(body) <= CONTACT_UPDATED.largest:
            break
        body = lighter.to_json()
    return body


def _lighter(message: ContactUpdated) -> Iterator[ContactUpdated]:
    """With less and less of it: first without the flow's variables, then without the values, then without refusals."""
    message = message.model_copy(update={"context": message.context.model_copy(update={"variables": {}})})
    yield message
    without = {"user_fields": {}, "custom_fields": {}, "reason": TOO_LARGE}
    message = message.model_copy(update=without | {"refused": message.refused[:SHOWN_REFUSALS]})
    yield message
    yield message.model_copy(update={"refused": []})
