"""What became of each mapping, as its update tells it; made for every mapping, so cheap to make."""

from typing import Any, Final

import msgspec

from connectors_shared.contract.contact import FieldMapping, TargetType
from connectors_shared.contract.updates import MappingOutcome, MappingReason
from connectors_shared.definition.auth.reading import MASK
from connectors_shared.runtime.sensitive import is_sensitive

SHOWN_CHARACTERS: Final = 200
"""Of a value, before and after."""
BY_OPTIONS: Final = frozenset(
    (MappingReason.ABSENT, MappingReason.OCCUPIED, MappingReason.OLDER, MappingReason.SUPERSEDED)
)
"""Reasons of what is skipped; what is not among them is refused."""
OF_CONTACTS: Final = frozenset(
    (
        *(MappingReason.CONTACT_NOT_FOUND, MappingReason.CONTACT_NOT_UPDATED, MappingReason.CONTACT_DELETED),
        *(MappingReason.EXECUTION_FAILED, MappingReason.NOT_MATCHED),
    )
)
"""Reasons for which nothing at all was written."""
SKIPPING: Final = BY_OPTIONS | OF_CONTACTS

Target = tuple[TargetType, str]


class Verdict(msgspec.Struct, frozen=True):
    """See `MappedValue`, which it becomes a part of."""

    outcome: MappingOutcome
    reason: MappingReason | None = None
    detail: str | None = None
    before: Any = None
    after: Any = None
    cut: tuple[str, ...] = ()


class Mapped(msgspec.Struct):
    """A mapping that was asked for. `verdict`: what is known of it without looking at the contact."""

    source_path: str
    target_field: str
    target_type: TargetType
    verdict: Verdict | None = None
    remark: str | None = None

    @classmethod
    def of(cls, mapping: FieldMapping) -> "Mapped":
        return cls(mapping.source_path, mapping.target_field, mapping.target_type)

    @property
    def target(self) -> Target:
        return self.target_type, self.target_field


class Told(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True):
    """A `MappedValue` on the wire."""

    source_path: str
    target_field: str
    target_type: TargetType
    outcome: MappingOutcome
    reason: MappingReason | None = None
    detail: str | None = None
    remark: str | None = None
    before: Any = None
    after: Any = None
    cut: tuple[str, ...] = ()


def not_written(reason: MappingReason, detail: str | None = None) -> Verdict:
    """Skipped or refused, as the reason says."""
    outcome = MappingOutcome.SKIPPED if reason in SKIPPING else MappingOutcome.REFUSED
    return Verdict(outcome, reason, detail)


def written(name: str, before: Any, after: Any, *, unknown_before: bool = False) -> Verdict:
    """`unknown_before`: something large was there, which was not looked at."""
    outcome = MappingOutcome.WRITTEN if unknown_before or _differ(before, after) else MappingOutcome.UNCHANGED
    if is_sensitive(name):
        hidden = (None if before is None else MASK, None if after is None else MASK)
        return Verdict(outcome, before=hidden[0], after=hidden[1])
    if before is None and after.__class__ is str and len(after) <= SHOWN_CHARACTERS and not unknown_before:
        return Verdict(outcome, None, None, None, after)
    shown_before, shown_after = None if unknown_before else shown(before), shown(after)
    cut: tuple[str, ...] = ()
    if unknown_before or shown_before is not before:
        cut = ("before",)
    if shown_after is not after:
        cut += ("after",)
    return Verdict(outcome, before=shown_before, after=shown_after, cut=cut)


def told(mapped: Mapped, verdict: Verdict) -> Told:
    """`remark` is of what was written."""
    wrote = verdict.outcome in (MappingOutcome.WRITTEN, MappingOutcome.UNCHANGED)
    return Told(
        mapped.source_path,
        mapped.target_field,
        mapped.target_type,
        verdict.outcome,
        verdict.reason,
        verdict.detail,
        mapped.remark if wrote else None,
        verdict.before,
        verdict.after,
        verdict.cut,
    )


def shown(value: Any) -> Any:
    """The value itself, or the beginning of a long one, as text."""
    if value is None:
        return value
    if isinstance(value, str):
        return value if len(value) <= SHOWN_CHARACTERS else value[:SHOWN_CHARACTERS] + "…"
    if isinstance(value, list | dict):
        text = msgspec.json.encode(value).decode()
        return value if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"
    if isinstance(value, int) and value.bit_length() > SHOWN_CHARACTERS * 3:
        return str(value)[:SHOWN_CHARACTERS] + "…"
    return value


def _differ(before: Any, after: Any) -> bool:
    """True is not 1."""
    return before != after or isinstance(before, bool) != isinstance(after, bool)
