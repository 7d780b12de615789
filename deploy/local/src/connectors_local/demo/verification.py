"""Do the contacts hold what the APIs gave? Both sides are asked anew; nothing is taken from the run's memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors_local.demo.pretend_api.loyalty import offer_of

WRITTEN_CUSTOM_FIELDS: Final = ("income", "credit_score", "offer")
NO_OFFER: Final = "none"


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
    """User fields and custom fields that the flow writes for an identity of the first API."""
    user = {
        "first_name": identity["firstName"],
        "last_name": identity["lastName"],
        "address": identity["address"],
        "city": identity["city"],
        "state": identity["state"],
        "zip_code": identity["zip"],
    }
    data = identity["data"]
    offer = offer_of(data["creditMidpoint"])
    return user, {
        "income": data["householdIncomeMidpoint"],
        "credit_score": data["creditMidpoint"],
        "offer": offer["name"] if offer else NO_OFFER,
    }


def verify(
    phones: Sequence[str],
    runs: Sequence[Mapping[str, Any] | None],
    contacts: Sequence[Mapping[str, Any]],
    identities: Mapping[str, Mapping[str, Any] | None],
) -> Verdict:
    """Parallel sequences, one entry per contact; `runs` and `contacts` as the APIs show them now."""
    found = [
        problems_of(phone, run, contact, identities.get(phone))
        for phone, run, contact in zip(phones, runs, contacts, strict=True)
    ]
    complete = sum(not problems for problems in found)
    return Verdict(len(found), complete, tuple(problem for problems in found for problem in problems))


def problems_of(
    phone: str, run: Mapping[str, Any] | None, contact: Mapping[str, Any], identity: Mapping[str, Any] | None
) -> list[str]:
    if identity is None:
        return [f"{phone}: the API knows nobody"]
    user, custom = expected_fields(identity)
    held = [(name, value, contact.get(name)) for name, value in user.items()]
    held += [(name, value, contact["custom_fields"].get(name)) for name, value in custom.items()]
    wrong = [f"{phone}: {name} is {has!r}, the API says {says!r}" for name, says, has in held if has != says]
    return [*run_problems(phone, run), *wrong]


def run_problems(phone: str, run: Mapping[str, Any] | None) -> list[str]:
    """What is wrong with the run, even where the contact holds the values."""
    if run is None:
        return [f"{phone}: no run was started"]
    if run["state"] == "succeeded":
        return []
    error = run["error"] or {}
    why = f": {error.get('stepId')}: {error.get('type')}: {error.get('message')}" if error else ""
    return [f"{phone}: its run is {run['state']}{why}"]
