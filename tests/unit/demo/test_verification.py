"""Only a contact that holds everything, and whose messages were heard, counts."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from connectors_local.demo.flow_engine import Outcome
from connectors_local.demo.pretend_api.identities import identity_of
from connectors_local.demo.verification import Verdict, expected_fields, verify
from connectors_shared.contract.contact import TargetType
from connectors_shared.contract.execution import (
    ConnectorExecute,
    ConnectorResult,
    ExecutionError,
    ResultStatus,
)
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.updates import ContactUpdated, MappedValue, MappingOutcome

PHONE = "6266958105"
IDS = {"execution_id": UUID(int=1), "workspace_id": UUID(int=2), "connector_id": UUID(int=3)}
NOW = datetime(2025, 1, 16, tzinfo=UTC)
RESULT = ConnectorResult(**IDS, status=ResultStatus.SUCCESS, success=True, finished_at=NOW)
UPDATE = ContactUpdated(**IDS, updated_at=NOW)
DONE = Outcome(ConnectorExecute(**IDS), 0.0, RESULT, 1.0, UPDATE, 2.0)


def a_contact(**changed: Any) -> dict[str, Any]:
    identity = identity_of(PHONE)
    assert identity is not None
    user, custom = expected_fields(identity)
    custom |= {name: changed.pop(name) for name in tuple(changed) if name in custom}
    return user | changed | {"custom_fields": custom}


def verdict_on(contact: dict[str, Any], outcome: Outcome = DONE) -> Verdict:
    return verify([PHONE], [outcome], [contact], {PHONE: identity_of(PHONE)})


def test_a_contact_that_holds_everything_is_complete() -> None:
    verdict = verdict_on(a_contact(income=187500.0))
    assert verdict.ok
    assert verdict.line("contacts") == "demo: ok 1/1 contacts"


@pytest.mark.parametrize(
    "name", ["first_name", "last_name", "address", "city", "state", "zip_code", "income", "credit_score"]
)
@pytest.mark.parametrize("value", [None, "something else"])
def test_any_field_that_differs_is_named(name: str, value: str | None) -> None:
    verdict = verdict_on(a_contact(**{name: value}))
    assert not verdict.ok
    assert verdict.line("contacts") == "demo: FAILED 0/1 contacts"
    [problem] = verdict.problems
    assert problem.startswith(f"{PHONE}: {name} is {value!r}")


OLDER = MappedValue(
    source_path="a",
    target_field="city",
    target_type=TargetType.USER_FIELD,
    outcome=MappingOutcome.SKIPPED,
    reason="older",
    detail="a newer value is there",
)
FAILURE = ExecutionError(type=FailureType.HTTP_ERROR, message="the API answered 500")


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (replace(DONE, result=None), "no connector.result was heard"),
        (replace(DONE, update=None), "no contact.updated was heard"),
        (replace(DONE, result=RESULT.model_copy(update={"error": FAILURE})), "http_error: the API answered 500"),
        (
            replace(DONE, update=UPDATE.model_copy(update={"mappings": [OLDER]})),
            "city was not written: a newer value is there",
        ),
    ],
)
def test_a_message_that_is_missing_or_bad_counts_against_a_contact_with_the_right_values(
    outcome: Outcome, said: str
) -> None:
    verdict = verdict_on(a_contact(), outcome)
    assert verdict.problems == (f"{PHONE}: {said}",)
    assert not verdict.ok


def test_a_phone_of_nobody_cannot_be_right() -> None:
    assert not verify([PHONE], [DONE], [a_contact()], {PHONE: None}).ok


def test_a_run_of_nothing_is_not_ok() -> None:
    assert not verify([], [], [], {}).ok
