"""preview: what would become of a result, by the stages that apply one; nothing is written."""

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from connectors_shared.contract.contact import TargetType
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.updates import MappingReason
from connectors_shared.definition.auth.reading import MASK
from connectors_shared.runtime.sensitive import is_sensitive
from connectors_shared.runtime.supervision import in_a_thread
from field_mapper.coercion import FieldDefinition, UserFieldCoercion
from field_mapper.model import Contact, Proposal
from field_mapper.stages.announce import ABSENT
from field_mapper.stages.apply import Outcome, settle
from field_mapper.stages.changes import Changes
from field_mapper.stages.propose import SetAsideError, propose
from field_mapper.stages.results import Result
from field_mapper.stages.session import ContactSession
from field_mapper.verdicts import Mapped, Told, Verdict, not_written, shown, told

Origin = Mapping[str, Any]
BEFORE: Final = ("before",)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One mapping. `before` of its line: what the field holds, whatever becomes of it; `origin`: who wrote that."""

    line: Told
    origin: Origin | None


@dataclass(slots=True)
class Preview:
    """`contact`: the one that was found, None when it would be made. `reason` says why nothing would be written at all;
    `set_aside`: that the result would wait among the dead letters."""

    contact: Contact | None = None
    created: bool = False
    reason: str | None = None
    set_aside: bool = False
    lines: list[Foreseen] = field(default_factory=list)


async def preview(
    opened: AbstractAsyncContextManager[ContactSession],
    result: ConnectorResult,
    coerce: UserFieldCoercion,
    now: datetime,
) -> Preview:
    """The session is opened once it is known what is wanted, and keeps what it is told to itself."""
    try:
        proposal = await _apart(Result.of(result), coerce, now)
    except SetAsideError as aside:
        return _set_aside(result, str(aside))
    if proposal is None:
        return Preview()
    async with opened as session:
        # Nobody else is here, so every key may be taken as one that others wait for.
        settled = await settle(session, [proposal], _fits, proposal.all_keys())
    [outcome] = settled.outcomes
    assert outcome is not None
    contact = _found(outcome, settled.contacts)
    reason = outcome.reason.detail if outcome.reason else None
    there = _There(contact, outcome.written.changes)
    lines = [there.foreseen(*line) for line in proposal.lines(outcome.reason or ABSENT)]
    return Preview(contact, outcome.created, reason, outcome.dead, lines)


async def _apart(result: Result, coerce: UserFieldCoercion, now: datetime) -> Proposal | None:
    """In a thread: mappings may take a second, in which others want to be answered. Raises SetAsideError.

    It cannot be stopped, so that whoever hangs up keeps his turn until it has ended.
    """
    return await in_a_thread(propose, result, coerce, now)


def _set_aside(result: ConnectorResult, why: str) -> Preview:
    verdict = not_written(MappingReason.FAILED, why)
    lines = [Foreseen(told(Mapped.of(mapping), verdict), None) for mapping in result.field_mappings]
    return Preview(reason=why, set_aside=True, lines=lines)


def _fits(_proposal: Proposal, _definitions: Mapping[str, FieldDefinition]) -> bool:
    """A value that does not fit is told with its mapping."""
    return True


def _found(outcome: Outcome, contacts: Collection[Contact]) -> Contact | None:
    if outcome.created:
        return None
    return next((contact for contact in contacts if contact.id == outcome.contact_id), None)


@dataclass(frozen=True, slots=True)
class _There:
    """What a contact held before its changes."""

    contact: Contact | None
    changes: Changes

    def foreseen(self, mapped: Mapped, verdict: Verdict) -> Foreseen:
        line = told(mapped, verdict)
        value, origin, is_large = self._of(mapped)
        if line.before is None and not line.cut:
            line = _with_before(line, value, is_large=is_large)
        return Foreseen(line, origin)

    def _of(self, mapped: Mapped) -> tuple[Any, Origin | None, bool]:
        is_custom = mapped.target_type is TargetType.CUSTOM_FIELD
        change = (self.changes.custom if is_custom else self.changes.user).get(mapped.target_field)
        if change is not None:
            place = change.get("origin")
            return change.get("from"), None if place is None else self.changes.origins[place], False
        if self.contact is None:
            return None, None, False
        if is_custom:
            stored = self.contact.custom.get(mapped.target_field)
            return (stored.value, stored.origin, stored.large) if stored else (None, None, False)
        name = mapped.target_field
        return self.contact.user.get(name), self.contact.origins.get(name), False


def _with_before(line: Told, value: Any, *, is_large: bool) -> Told:
    if value is None:
        return line
    if is_sensitive(line.target_field):
        return replace(line, before=MASK)
    if is_large:
        return replace(line, cut=BEFORE)
    short = shown(value)
    return replace(line, before=short, cut=() if short is value else BEFORE)
