"""propose: what a result wants written, value by value; nothing is looked up yet."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from connectors_shared.contract.contact import (
    MATCH_ORDER,
    Clear,
    MatchKey,
    OnMappingError,
    TargetType,
)
from connectors_shared.contract.execution import ResultStatus, Trigger
from connectors_shared.contract.updates import MappingReason
from connectors_shared.definition.mappings.terms import PHONES
from field_mapper.coercion import (
    UserFieldCoercion,
    ValueRefusedError,
    all_tags,
    bytes_of,
    is_absent,
    is_national,
    is_storable,
    tag_list,
)
from field_mapper.model import Proposal, Way, own_id
from field_mapper.selection import ABSENT, InvalidPathError, SeveralFoundError, pay_for, renew_budget
from field_mapper.stages.planning import MAX_MAPPINGS, Planned
from field_mapper.stages.results import Result
from field_mapper.verdicts import Mapped, not_written

VALUE_BYTES: Final = 64 * 1024
"""Of one value, as JSON; of a cell of an import as well."""
RESULT_BYTES: Final = 1024 * 1024
"""Of all values of one result: two hundred mappings may each name the whole response."""
NATIONAL: Final = (
    "kept as it is written, and found by the same text only: "
    "it has no country code, and the workspace has settled no phone region"
)
NOT_STORABLE: Final = "the contact's id holds a character that cannot be stored"
OVERWRITTEN: Final = "a later mapping writes the same field"
VALUE_TOO_LARGE: Final = f"the value takes more than {VALUE_BYTES // 1024} KiB"
MATCH_BY: Final = "matchBy names each of external_id, email and phone once at most, external_id only as the first"
RESULT_TOO_LARGE: Final = f"the values of one result take at most {RESULT_BYTES // 1024} KiB, and this one goes beyond"


class SetAsideError(Exception):
    """A mapping says that the whole result is to wait among the dead letters. The message repeats no value."""


def propose(result: Result, coerce: UserFieldCoercion, now: datetime) -> Proposal | None:
    """None when the result asks for no mapping, or is that of a test, which changes nobody's contacts.

    A result from the future counts as of now: a wrong clock must not lock its values for ever. Raises SetAsideError.
    """
    if not result.plan or result.trigger is Trigger.TEST:
        return None
    proposal = Proposal(
        execution_id=result.execution_id,
        workspace_id=result.workspace_id,
        connector_id=result.connector_id,
        connector_version=result.connector_version,
        context=result.context,
        options=result.options,
        written_at=min(_with_zone(result.finished_at), now),
        region=coerce.region,
    )
    _match_by(proposal, result.options.match_by)
    _name_contact(proposal, result.context.contact_id)
    if result.status is not ResultStatus.SUCCESS or not result.success:
        ended = f"the execution ended with {result.status.value}, so there is nothing to write"
        proposal.failure = not_written(MappingReason.EXECUTION_FAILED, ended)
    proposal.mapped = [Mapped.of(planned.mapping) for planned in result.plan]
    if proposal.failure:
        del proposal.mapped[MAX_MAPPINGS:]
        return proposal
    _propose_values(proposal, result, coerce)
    return proposal


def _propose_values(proposal: Proposal, result: Result, coerce: UserFieldCoercion) -> None:
    """Until a mapping says that all of it fails."""
    renew_budget()
    for planned, mapped in zip(result.plan, proposal.mapped, strict=True):
        _propose_value(proposal, planned, mapped, result.data, coerce)
        if proposal.failure:
            return


def _match_by(proposal: Proposal, words: Sequence[str]) -> None:
    if tuple(words) == MATCH_ORDER:
        return
    proposal.match_by = tuple(words)
    known = set(MATCH_ORDER).issuperset(words) and len(set(words)) == len(words)
    if not known or MatchKey.EXTERNAL_ID in words[1:]:
        proposal.failure = not_written(MappingReason.NOT_MATCHED, MATCH_BY)


def _name_contact(proposal: Proposal, name: str | None) -> None:
    """Ours, or what another system calls its contact."""
    proposal.contact_id = own_id(name)
    if MatchKey.EXTERNAL_ID not in proposal.match_by:
        return
    if not name or proposal.contact_id:
        proposal.alias = name
        return
    if is_storable(name):
        proposal.external_id = name
    else:
        proposal.failure = not_written(MappingReason.CONTACT_NOT_FOUND, NOT_STORABLE)


def _propose_value(proposal: Proposal, planned: Planned, mapped: Mapped, data: Any, coerce: UserFieldCoercion) -> None:
    try:
        if planned.wrong:
            raise _RefusedError(*planned.wrong)
        _write(proposal, mapped, planned, _selected(planned, data), coerce)
    except _RefusedError as refused:
        mapped.verdict = not_written(refused.reason, refused.detail)
        if refused.reason is not MappingReason.ABSENT:
            _by_rule(proposal, mapped.target_field, planned.way.terms.on_error, refused.detail or "")


def _by_rule(proposal: Proposal, target: str, rule: OnMappingError, reason: str) -> None:
    if rule is OnMappingError.FAIL:
        proposal.failure = not_written(MappingReason.FAILED, f"{target}: {reason}")
    elif rule is OnMappingError.DEAD_LETTER:
        raise SetAsideError(f"{target}: {reason}")


class _RefusedError(Exception):
    def __init__(self, reason: MappingReason, detail: str | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def _selected(planned: Planned, data: Any) -> Any:
    """The value, the default, None to empty the field, or ABSENT."""
    try:
        value = planned.select(data)
    except InvalidPathError as error:
        raise _RefusedError(MappingReason.PATH, str(error)) from None
    except SeveralFoundError as error:
        raise _RefusedError(MappingReason.SEVERAL_VALUES, str(error)) from None
    except ValueRefusedError as error:
        raise _RefusedError(MappingReason.VALUE, str(error)) from None
    if value is not ABSENT and not is_absent(value):
        return value
    if not is_absent(planned.mapping.default):
        return planned.mapping.default
    clear = planned.way.terms.clear
    empties = Clear.NULL_OR_ABSENT if value is ABSENT else Clear.NULL
    return None if clear in (empties, Clear.NULL_OR_ABSENT) else ABSENT


def _write(proposal: Proposal, mapped: Mapped, planned: Planned, value: Any, coerce: UserFieldCoercion) -> None:
    way = planned.way
    if value is ABSENT:
        raise _RefusedError(MappingReason.ABSENT)
    size = 0
    if value is not None:
        size = _fitting(proposal, value)
        value = _accepted(proposal, mapped, way, value, coerce)
    values = proposal.custom if mapped.target_type is TargetType.CUSTOM_FIELD else proposal.user
    if planned.target in proposal.ways:
        _supersede(proposal, mapped, way)
    values[mapped.target_field] = value
    proposal.value_bytes += size
    proposal.ways[planned.target] = way


def _supersede(proposal: Proposal, mapped: Mapped, way: Way) -> None:
    """The last mapping of a field holds, unless both add to it."""
    earlier = proposal.ways.get(mapped.target)
    if earlier is None or (earlier.terms.adds_tags and way.terms.adds_tags):
        return
    for other in proposal.mapped:
        if other is mapped:
            return
        if other.target == mapped.target and other.verdict is None:
            other.verdict = not_written(MappingReason.SUPERSEDED, OVERWRITTEN)


def _fitting(proposal: Proposal, value: Any) -> int:
    """The bytes of a value that may still be written."""
    size = bytes_of(value, VALUE_BYTES)
    try:
        pay_for(size)
    except InvalidPathError as error:
        raise _RefusedError(MappingReason.PATH, str(error)) from None
    if size > VALUE_BYTES:
        raise _RefusedError(MappingReason.LIMIT, VALUE_TOO_LARGE)
    if proposal.value_bytes + size > RESULT_BYTES:
        raise _RefusedError(MappingReason.LIMIT, RESULT_TOO_LARGE)
    return size


def _accepted(proposal: Proposal, mapped: Mapped, way: Way, value: Any, coerce: UserFieldCoercion) -> Any:
    """As the proposal keeps it; None for tags that are none and empty the field."""
    terms, target = way.terms, mapped.target_field
    custom = mapped.target_type is TargetType.CUSTOM_FIELD
    try:
        if terms.adds_tags:
            earlier = proposal.custom if custom else proposal.user
            coerced: Any = all_tags(_added_before(proposal, mapped, earlier.get(target)), tag_list(value))
        else:
            coerced = value if custom else coerce(target, value, terms.reading)
    except ValueRefusedError as error:
        raise _RefusedError(MappingReason.VALUE, str(error)) from None
    if not coerced and (terms.adds_tags or not custom):
        if terms.adds_tags or terms.clear is Clear.NEVER:
            raise _RefusedError(MappingReason.ABSENT)
        return None
    if not custom and target in PHONES and is_national(coerced):
        mapped.remark = NATIONAL
    return coerced


def _added_before(proposal: Proposal, mapped: Mapped, there: Any) -> Any:
    """What other mappings of the result add to the same field."""
    way = proposal.ways.get(mapped.target)
    return there if way is not None and way.terms.adds_tags else None


def _with_zone(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
