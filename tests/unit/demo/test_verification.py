"""Only a contact that holds everything, and whose run succeeded, counts."""

from typing import Any

import pytest

from connectors_local.demo.pretend_api.identities import identity_of
from connectors_local.demo.verification import Verdict, expected_fields, verify

PHONE = "6266958105"
DONE: dict[str, Any] = {"state": "succeeded", "error": None}


def a_contact(**changed: Any) -> dict[str, Any]:
    identity = identity_of(PHONE)
    assert identity is not None
    user, custom = expected_fields(identity)
    custom |= {name: changed.pop(name) for name in tuple(changed) if name in custom}
    return user | changed | {"custom_fields": custom}


def verdict_on(contact: dict[str, Any], run: dict[str, Any] | None = DONE) -> Verdict:
    return verify([PHONE], [run], [contact], {PHONE: identity_of(PHONE)})


def test_a_contact_that_holds_everything_is_complete() -> None:
    verdict = verdict_on(a_contact(income=187500.0))
    assert verdict.ok
    assert verdict.line("contacts") == "demo: ok 1/1 contacts"


@pytest.mark.parametrize(
    "name", ["first_name", "last_name", "address", "city", "state", "zip_code", "income", "credit_score", "offer"]
)
@pytest.mark.parametrize("value", [None, "something else"])
def test_any_field_that_differs_is_named(name: str, value: str | None) -> None:
    verdict = verdict_on(a_contact(**{name: value}))
    assert not verdict.ok
    assert verdict.line("contacts") == "demo: FAILED 0/1 contacts"
    [problem] = verdict.problems
    assert problem.startswith(f"{PHONE}: {name} is {value!r}")


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (None, "no run was started"),
        ({"state": "running", "error": None}, "its run is running"),
        (
            {"state": "failed", "error": {"stepId": "offer", "type": "http_error", "message": "500"}},
            "its run is failed: offer: http_error: 500",
        ),
    ],
)
def test_a_run_that_did_not_succeed_counts_against_a_contact_with_the_right_values(
    run: dict[str, Any] | None, said: str
) -> None:
    verdict = verdict_on(a_contact(), run)
    assert verdict.problems == (f"{PHONE}: {said}",)
    assert not verdict.ok


def test_a_phone_of_nobody_cannot_be_right() -> None:
    assert not verify([PHONE], [DONE], [a_contact()], {PHONE: None}).ok


def test_a_run_of_nothing_is_not_ok() -> None:
    assert not verify([], [], [], {}).ok
