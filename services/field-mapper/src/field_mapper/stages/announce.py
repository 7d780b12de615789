"""announce: the `contact.updated` of a proposal; the same bytes are stored and published."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from connectors_shared.contract.execution import SCHEMA_VERSION
from connectors_shared.contract.topics import CONTACT_UPDATED
from connectors_shared.contract.updates import ContactUpdated, MappingReason
from field_mapper.model import AppliedKey, ContactRef, Proposal
from field_mapper.stages.changes import Changes
from field_mapper.stages.merge import Written
from field_mapper.verdicts import Told, Verdict, not_written

SHOWN_MAPPINGS: Final = 100
"""Where there is no room for all."""
KEPT_BYTES: Final = 64 * 1024
"""Of the values of one result, up to which what was written is kept beside what it replaced."""
ABSENT: Final = not_written(MappingReason.ABSENT)
TOO_LARGE: Final = "the values are too large to repeat here; read the contact"


WITHOUT_VALUES: Final = {"before": None, "after": None, "cut": ["before", "after"]}


class Update(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True):
    """A `ContactUpdated` on the wire: made for every result, so cheap to make. `context`: as it came."""

    execution_id: UUID
    workspace_id: UUID
    connector_id: UUID
    context: msgspec.Raw
    mappings: list[Told]
    updated_at: datetime
    sequence: int
    contact_id: UUID | msgspec.UnsetType
    created: bool
    user_fields: dict[str, Any]
    custom_fields: dict[str, Any]
    schema_version: int
    reason: str | None = None


class Made(msgspec.Struct, frozen=True):
    """What is remembered of an execution beside its message. `created`: it made the contact."""

    connector_id: UUID
    connector_version: int | None
    flow_id: str | None
    flow_run_id: str | None
    created: bool
    changes: Changes


class Announcement(msgspec.Struct, frozen=True):
    """A `contact.updated` to publish. `outcome` is a word for the metrics; `sequence` orders those of one contact.

    One that was applied before has no `body` and nothing `made`: both are where it was applied. Nor has one with
    `why_dead`: a mapping of it says that the result is to be set aside, and it is not applied.
    """

    key: AppliedKey
    contact_id: UUID | None
    sequence: int
    outcome: str
    body: bytes | None = None
    made: Made | None = None
    why_dead: str | None = None

    @property
    def subject(self) -> ContactRef:
        """Whose updates keep their order: the contact, else the execution."""
        return ContactRef(self.key.workspace_id, self.contact_id or self.key.execution_id)

    def message_key(self) -> bytes:
        """As `ContactUpdated.key`: all of one contact in order."""
        return str(self.subject.id).encode()


def announce(
    proposal: Proposal,
    contact_id: UUID | None,
    written: Written,
    now: datetime,
    sequence: int,
    *,
    created: bool = False,
    reason: Verdict | None = None,
) -> Announcement:
    """`reason` says why nothing was written at all; `updated_at` of the message is `now`."""
    update = Update(
        execution_id=proposal.execution_id,
        workspace_id=proposal.workspace_id,
        connector_id=proposal.connector_id,
        context=msgspec.Raw(proposal.carried),
        mappings=proposal.told(reason or ABSENT),
        updated_at=now,
        sequence=sequence,
        contact_id=contact_id or msgspec.UNSET,
        created=created,
        user_fields=written.user,
        custom_fields=written.custom,
        schema_version=SCHEMA_VERSION,
        reason=reason.detail if reason else None,
    )
    if proposal.value_bytes > KEPT_BYTES:
        written.changes.without_what_was_written()
    return Announcement(
        proposal.key,
        contact_id,
        sequence,
        outcome=_outcome(proposal, written, created),
        body=_written(update),
        made=_made(proposal, written, created),
    )


def _outcome(proposal: Proposal, written: Written, created: bool) -> str:
    if created or written.user or written.custom:
        return "created" if created else "updated"
    return "failed" if proposal.failure else "unchanged"


def _made(proposal: Proposal, written: Written, created: bool) -> Made:
    return Made(
        proposal.connector_id,
        proposal.connector_version,
        proposal.context.flow_id,
        proposal.context.flow_run_id,
        created,
        written.changes,
    )


def smallest_update(body: bytes) -> bytes:
    """The same update in a few kilobytes, for a broker that took no more; it depends on the body alone."""
    *_, smallest = _lighter(ContactUpdated.model_validate_json(body))
    return smallest.to_json()


def _written(update: Update) -> bytes:
    """Within the topic's limit: what the broker refuses would be lost after its transaction."""
    body = msgspec.json.encode(update)
    if len(body) <= CONTACT_UPDATED.largest:
        return body
    for lighter in _lighter(ContactUpdated.model_validate_json(body)):
        body = lighter.to_json()
        if len(body) <= CONTACT_UPDATED.largest:
            break
    return body


def _lighter(message: ContactUpdated) -> Iterator[ContactUpdated]:
    """With less and less of it: first without the flow's variables, then without the values, then without mappings."""
    message = message.model_copy(update={"context": message.context.model_copy(update={"variables": {}})})
    yield message
    without = {"user_fields": {}, "custom_fields": {}, "reason": TOO_LARGE}
    shown = [mapped.model_copy(update=WITHOUT_VALUES) for mapped in message.mappings[:SHOWN_MAPPINGS]]
    message = message.model_copy(update=without | {"mappings": shown})
    yield message
    yield message.model_copy(update={"mappings": []})
