"""propose: what a result wants written, value by value; nothing is looked up yet."""

from datetime import UTC, datetime
from typing import Any, Final

from connectors_shared.contract.contact import USER_FIELDS, FieldMapping, TargetType, UserField
from connectors_shared.contract.execution import ConnectorResult, ResultStatus, Trigger
from connectors_shared.contract.updates import MappingReason
from field_mapper.coercion import UserFieldCoercion, ValueRefusedError, bytes_of, is_absent, is_national, is_storable
from field_mapper.model import Proposal, own_id
from field_mapper.selection import ABSENT, InvalidPathError, pay_for, renew_budget, select
from field_mapper.verdicts import Mapped, not_written

MAX_MAPPINGS: Final = 200
VALUE_BYTES: Final = 64 * 1024
"""Of one value, as JSON."""
RESULT_BYTES: Final = 1024 * 1024
"""Of all values of one result: two hundred mappings may each name the whole response."""
PHONES: Final = frozenset({UserField.PHONE, UserField.ALTERNATE_PHONE})
NATIONAL: Final = (
    "kept as it is written, and found by the same text only: "
    "it has no country code, and the workspace has settled no phone region"
)
NOT_STORABLE: Final = "the contact's id holds a character that cannot be stored"
OVERWRITTEN: Final = "a later mapping writes the same field"
VALUE_TOO_LARGE: Final = f"the value takes more than {VALUE_BYTES // 1024} KiB"
RESULT_TOO_LARGE: Final = f"the values of one result take at most {RESULT_BYTES // 1024} KiB, and this one goes beyond"


def propose(result: ConnectorResult, coerce: UserFieldCoercion, now: datetime) -> Proposal | None:
    """None when the result asks for no mapping, or is that of a test, which changes nobody's contacts.

    A result from the future counts as of now: a wrong clock must not lock its values for ever.
    """
    if not result.field_mappings or result.trigger is Trigger.TEST:
        return None
    proposal = Proposal(
        execution_id=result.execution_id,
        workspace_id=result.workspace_id,
        connector_id=result.connector_id,
        connector_version=result.connector_version,
        context=result.context,
        options=result.options,
        written_at=min(_with_zone(result.finished_at), now),
    )
    _name_contact(proposal, result.context.contact_id)
    if result.status is not ResultStatus.SUCCESS or not result.success:
        ended = f"the execution ended with {result.status.value}, so there is nothing to write"
        proposal.failure = not_written(MappingReason.EXECUTION_FAILED, ended)
    if proposal.failure:
        proposal.mapped = [Mapped.of(mapping) for mapping in result.field_mappings[:MAX_MAPPINGS]]
        return proposal
    renew_budget()
    for position, mapping in enumerate(result.field_mappings):
        _propose_value(proposal, position, mapping, result.data, coerce)
    return proposal


def _name_contact(proposal: Proposal, name: str | None) -> None:
    """Ours, or what another system calls its contact."""
    proposal.contact_id = own_id(name)
    if not name or proposal.contact_id:
        proposal.alias = name
        return
    if is_storable(name):
        proposal.external_id = name
    else:
        proposal.failure = not_written(MappingReason.CONTACT_NOT_FOUND, NOT_STORABLE)


def _propose_value(
    proposal: Proposal, position: int, mapping: FieldMapping, data: Any, coerce: UserFieldCoercion
) -> None:
    mapped = Mapped.of(mapping)
    proposal.mapped.append(mapped)
    try:
        if position >= MAX_MAPPINGS:
            raise _RefusedError(MappingReason.LIMIT, f"a result has at most {MAX_MAPPINGS} mappings")
        value = _selected(mapping, data)
        if is_absent(value):
            raise _RefusedError(MappingReason.ABSENT)
        size = _fitting(proposal, value)
        _accept(proposal, mapped, value, coerce)
        proposal.value_bytes += size
    except _RefusedError as refused:
        mapped.verdict = not_written(refused.reason, refused.detail)


class _RefusedError(Exception):
    def __init__(self, reason: MappingReason, detail: str | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def _selected(mapping: FieldMapping, data: Any) -> Any:
    try:
        value = select(mapping.source_path, data)
    except InvalidPathError as error:
        raise _RefusedError(MappingReason.PATH, str(error)) from None
    return mapping.default if value is ABSENT or is_absent(value) else value


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


def _accept(proposal: Proposal, mapped: Mapped, value: Any, coerce: UserFieldCoercion) -> None:
    target = mapped.target_field
    if mapped.target_type is TargetType.CUSTOM_FIELD:
        if not target.strip() or not target.isprintable():
            raise _RefusedError(MappingReason.UNKNOWN_FIELD, "a custom field's name is printable text")
        _take(proposal.custom, proposal, mapped, value)
        return
    if target not in USER_FIELDS:
        raise _RefusedError(MappingReason.UNKNOWN_FIELD, f"{target!r} is not one of the user fields")
    try:
        coerced = coerce(target, value)
    except ValueRefusedError as error:
        raise _RefusedError(MappingReason.VALUE, str(error)) from None
    if not coerced:
        raise _RefusedError(MappingReason.ABSENT)
    _take(proposal.user, proposal, mapped, coerced)
    if target in PHONES and isinstance(coerced, str) and is_national(coerced):
        mapped.remark = NATIONAL


def _take(values: dict[str, Any], proposal: Proposal, mapped: Mapped, value: Any) -> None:
    """The last mapping of a field holds."""
    if mapped.target_field in values:
        for earlier in proposal.mapped:
            if earlier is not mapped and earlier.target == mapped.target and earlier.verdict is None:
                earlier.verdict = not_written(MappingReason.SUPERSEDED, OVERWRITTEN)
    values[mapped.target_field] = value


def _with_zone(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
