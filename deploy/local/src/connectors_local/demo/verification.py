"""Do the contacts hold what the API gave? Both sides are asked anew; nothing is taken from the run's memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors_local.demo.flow_engine import Outcome

WRITTEN_CUSTOM_FIELDS: Final = ("income", "credit_score")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many contacts hold everything, and a sentence for each thing that is wrong."""

    total: int
    complete: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return self.complete == self.total > 0

    def line(self, details: str) -> str:
        """The demo's last line."""
        return f"demo: {'ok' if self.ok else 'FAILED'} {self.complete}/{self.total} {details}".rstrip()


def expected_fields(identity: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """User fields and custom fields that the flow's mappings take from an identity of the API."""
    user = {
        "first_name": identity["firstName"],
        "last_name": identity["lastName"],
        "address": identity["address"],
        "city": identity["city"],
        "state": identity["state"],
        "zip_code": identity["zip"],
    }
    data = identity["data"]
    return user, {"income": data["householdIncomeMidpoint"], "credit_score": data["creditMidpoint"]}


def verify(
    phones: Sequence[str],
    outcomes: Sequence[Outcome],
    contacts: Sequence[Mapping[str, Any]],
    identities: Mapping[str, Mapping[str, Any] | None],
) -> Verdict:
    """Parallel sequences, one entry per contact; `contacts` as the mapper's API shows them now."""
    found = [
        problems_of(phone, outcome, contact, identities.get(phone))
        for phone, outcome, contact in zip(phones, outcomes, contacts, strict=True)
    ]
    complete = sum(not problems for problems in found)
    return Verdict(len(found), complete, tuple(problem for problems in found for problem in problems))


def problems_of(
    phone: str, outcome: Outcome, contact: Mapping[str, Any], identity: Mapping[str, Any] | None
) -> list[str]:
    if identity is None:
        return [f"{phone}: the API knows nobody"]
    user, custom = expected_fields(identity)
    held = [(name, value, contact.get(name)) for name, value in user.items()]
    held += [(name, value, contact["custom_fields"].get(name)) for name, value in custom.items()]
    wrong = [f"{phone}: {name} is {has!r}, the API says {says!r}" for name, says, has in held if has != says]
    return [*message_problems(phone, outcome), *wrong]


def message_problems(phone: str, outcome: Outcome) -> list[str]:
    """What is missing from the path of the messages, even where the contact holds the values."""
    if outcome.result is None:
        return [f"{phone}: no connector.result was heard"]
    if outcome.result.error is not None:
        return [f"{phone}: {outcome.result.error.type.value}: {outcome.result.error.message}"]
    if outcome.update is None:
        return [f"{phone}: no contact.updated was heard"]
    return [f"{phone}: {value.target_field} was not written: {value.detail}" for value in outcome.update.not_written]
