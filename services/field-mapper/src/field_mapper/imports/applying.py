"""Rows of a file onto the contacts, inside one transaction, by the stages that results go through too."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, cast

from connectors_shared.contract.updates import MappingOutcome, MappingReason
from field_mapper.coercion import FieldDefinition, UserFieldCoercion
from field_mapper.imports.plans import Counts
from field_mapper.imports.rows import CellError, ImportedRow, Importing, Sheet
from field_mapper.imports.sheets import Row
from field_mapper.model import ContactKey, Proposal
from field_mapper.stages.apply import Outcome, Settled, settle
from field_mapper.stages.changes import Edit
from field_mapper.stages.session import ContactSession
from field_mapper.unhurried import unhurriedly
from field_mapper.verdicts import Verdict

GONE: Final = "the contact of this id was deleted for good; leave the cell empty to make a new one"


@dataclass(slots=True)
class Applied:
    """What rows have come to. `made_by`: the keys of each contact that they made."""

    counts: Counts = field(default_factory=Counts)
    errors: list[CellError] = field(default_factory=list)
    made_by: list[list[ContactKey]] = field(default_factory=list)


class Tried(NamedTuple):
    """What rows would come to. `right`: those without a wrong cell."""

    importing: Importing
    proposals: Sequence[ImportedRow]
    right: Sequence[ImportedRow]
    settled: Settled


async def try_rows(
    session: ContactSession,
    rows: Sequence[Row],
    importing: Importing,
    coerce: UserFieldCoercion,
    now: datetime,
    keys: Collection[ContactKey] = (),
) -> Tried:
    """In their order. A row with a wrong cell writes nothing, the others do. Raises NotSerializedError, as `apply`."""
    sheet = Sheet(importing, coerce, now)
    proposals = [sheet.row(*row) async for row in unhurriedly(rows)]
    right = [proposal for proposal in proposals if not proposal.errors]
    return Tried(importing, proposals, right, await settle(session, right, _fit, keys))


async def keep_rows(session: ContactSession, tried: Tried) -> Applied:
    """In the transaction in which they were tried, or in which it holds."""
    importing, outcomes = tried.importing, tried.settled.outcomes
    made = [outcome for outcome in outcomes if outcome is not None and outcome.contact_id and outcome.written.changes]
    sequences = await session.next_in_order(len(made)) if made else []
    await session.record_edits(
        [_edit(outcome, importing, number) for outcome, number in zip(made, sequences, strict=True)]
    )
    await session.save(tried.settled.contacts)
    return _summed(tried.proposals, tried.right, outcomes)


def _edit(outcome: Outcome, importing: Importing, sequence: int) -> Edit:
    contact = outcome.ref(importing.workspace_id)
    return Edit(contact, sequence, importing.by, outcome.written.changes, outcome.created, import_id=importing.id)


def _fit(proposal: Proposal, definitions: Mapping[str, FieldDefinition]) -> bool:
    return cast(ImportedRow, proposal).fit(definitions)


def _is_wrong(verdict: Verdict) -> bool:
    """The file says something that cannot be done, and not only what its options leave alone."""
    return verdict.outcome is MappingOutcome.REFUSED or verdict.reason is MappingReason.CONTACT_DELETED


def _error(proposal: ImportedRow, verdict: Verdict) -> CellError:
    if verdict.reason is MappingReason.CONTACT_DELETED:
        return CellError(proposal.row, proposal.id_column, verdict.reason, GONE, str(proposal.contact_id))
    return CellError(proposal.row, None, verdict.reason or MappingReason.VALUE, verdict.detail or "")


def _summed(
    proposals: Sequence[ImportedRow], right: Sequence[ImportedRow], outcomes: Sequence[Outcome | None]
) -> Applied:
    applied = Applied()
    counts = applied.counts
    for proposal in proposals:
        applied.errors += proposal.errors
        counts.errors += len(proposal.errors)
        counts.refused += bool(proposal.errors)
    for proposal, outcome in zip(right, outcomes, strict=True):
        if outcome is None:
            continue
        if outcome.created:
            counts.created += 1
            applied.made_by.append(proposal.ways_to_find())
        elif outcome.reason is not None and _is_wrong(outcome.reason):
            counts.refused += 1
            counts.errors += 1
            applied.errors.append(_error(proposal, outcome.reason))
        elif outcome.reason is not None:
            counts.skipped += 1
        elif outcome.written.changes:
            counts.updated += 1
        else:
            counts.unchanged += 1
    return applied
