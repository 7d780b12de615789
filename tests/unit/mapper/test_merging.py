from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_shared.contract.contact import MappingOptions
from connectors_shared.contract.execution import ConnectorResult, ResultStatus, Trigger
from connectors_shared.contract.topics import CONTACT_UPDATED
from connectors_shared.contract.updates import ContactUpdated, MappingReason
from field_mapper.coercion import CustomFieldType, FieldDefinition, UserFieldCoercion
from field_mapper.model import Contact, Proposal
from field_mapper.stages import merge, propose
from field_mapper.stages.announce import announce, smallest_update
from field_mapper.stages.merge import Written
from field_mapper.stages.results import Result

from .builders import NOON, a_result, custom, user

NOW = datetime(2026, 1, 2, tzinfo=UTC)
WORKSPACE = uuid4()
SCORE = {"s": FieldDefinition(CustomFieldType.NUMBER)}


def proposed(result: ConnectorResult) -> Proposal:
    proposal = propose(Result.of(result), UserFieldCoercion("US"), NOW)
    assert proposal is not None
    return proposal


def refusals(proposal: Proposal) -> dict[str, MappingReason]:
    known = {mapped.target_field: mapped.verdict or proposal.verdicts.get(mapped.target) for mapped in proposal.mapped}
    return {name: verdict.reason for name, verdict in known.items() if verdict and verdict.reason}


def test_a_result_without_mappings_proposes_nothing() -> None:
    assert propose(Result.of(a_result(WORKSPACE, {"a": 1})), UserFieldCoercion("US"), NOW) is None


def test_the_result_of_a_test_proposes_nothing_whatever_it_asks_for() -> None:
    tested = a_result(WORKSPACE, {"a": "x"}, user("a", "city")).model_copy(update={"trigger": Trigger.TEST})
    assert propose(Result.of(tested), UserFieldCoercion("US"), NOW) is None


def test_a_failed_result_proposes_no_value() -> None:
    proposal = proposed(a_result(WORKSPACE, {"a": "x"}, user("a", "city"), status=ResultStatus.ERROR))
    assert proposal.user == {}
    assert proposal.failure


@pytest.mark.parametrize("nothing", [None, "", "   "])
def test_null_absent_and_blank_never_write_but_a_default_does(nothing: Any) -> None:
    proposal = proposed(
        a_result(
            WORKSPACE,
            {"a": nothing},
            user("a", "city"),
            user("missing", "state"),
            user("a", "country", default="US"),
            user("missing", "company", default="Acme"),
        )
    )
    assert proposal.user == {"country": "US", "company": "Acme"}
    assert refusals(proposal) == dict.fromkeys(("city", "state"), MappingReason.ABSENT)


def test_refusals_name_the_mapping_and_why() -> None:
    proposal = proposed(
        a_result(
            WORKSPACE,
            {"a": "x"},
            user("a", "nickname"),
            user("a..b", "city"),
            user("a", "email"),
            custom("a", "bad\nname"),
            user("a", "notes"),
        )
    )
    assert refusals(proposal) == {
        "nickname": MappingReason.UNKNOWN_FIELD,
        "city": MappingReason.PATH,
        "email": MappingReason.VALUE,
        "bad\nname": MappingReason.UNKNOWN_FIELD,
    }
    assert proposal.user == {"notes": "x"}


def test_mappings_beyond_the_limit_are_refused() -> None:
    proposal = proposed(a_result(WORKSPACE, {"a": 1}, *[custom("a", f"f{number}") for number in range(205)]))
    assert len(proposal.custom) == 200
    assert list(proposal.reasons()) == [MappingReason.LIMIT] * 5


def test_a_result_from_the_future_counts_as_of_now() -> None:
    assert proposed(a_result(WORKSPACE, {}, user("a", "city"), minutes=10**6)).written_at == NOW


def test_filling_leaves_what_is_there_and_takes_what_is_empty() -> None:
    contact = Contact(uuid4(), WORKSPACE, user={"city": "Rome", "tags": []})
    proposal = proposed(
        a_result(
            WORKSPACE,
            {"c": "Oslo", "t": "a", "n": "Ann"},
            user("c", "city"),
            user("t", "tags"),
            user("n", "first_name"),
            options=MappingOptions(overwrite_existing=False),
        )
    )
    assert merge(proposal, contact, {}).user == {"tags": ["a"], "first_name": "Ann"}
    assert refusals(proposal) == {"city": MappingReason.OCCUPIED}


@given(st.permutations(range(5)))
def test_in_whatever_order_results_come_the_last_one_finished_holds(order: list[int]) -> None:
    contact = Contact(uuid4(), WORKSPACE)
    for minutes in order:
        result = a_result(WORKSPACE, {"c": f"city {minutes}", "s": minutes}, user("c", "city"), custom("s", "s"))
        merge(proposed(result.model_copy(update={"finished_at": NOON + timedelta(minutes=minutes)})), contact, SCORE)
    assert contact.user == {"city": "city 4"}
    assert contact.custom["s"].value == 4
    assert contact.origins["city"]["at"] == (NOON + timedelta(minutes=4)).isoformat()


def test_a_message_too_large_for_the_broker_is_shortened_and_says_so() -> None:
    large = "x" * 1_000_000
    proposal = proposed(a_result(WORKSPACE, {"a": large}, user("a", "notes")))
    written = Written(user={"notes": large}, custom={"one": large, "two": large})
    made = announce(proposal, uuid4(), written, NOW, 1)
    assert len(made.body or b"") <= CONTACT_UPDATED.largest
    message = ContactUpdated.model_validate_json(made.body or b"")
    assert message.user_fields == {}
    assert "too large" in (message.reason or "")
    assert made.outcome == "updated"


def test_the_context_of_a_message_is_the_one_that_came_byte_for_byte() -> None:
    proposal = proposed(a_result(WORKSPACE, {"a": "Ann"}, user("a", "first_name")))
    proposal.carried = b'{"flowId":"f", "variables":{"n":[1e15,1e15]},"theirs":1.50}'
    made = announce(proposal, uuid4(), Written(user={"first_name": "Ann"}), NOW, 1)
    assert proposal.carried in made.body
    message = ContactUpdated.model_validate_json(made.body or b"")
    assert (message.context.flow_id, message.user_fields) == ("f", {"first_name": "Ann"})


def test_a_context_of_the_largest_size_is_left_out_before_a_value_is() -> None:
    proposal = proposed(a_result(WORKSPACE, {"a": "Ann"}, user("a", "first_name"), contact_id="c"))
    proposal.carried = b'{"contactId":"c","variables":{"text":"' + b"x" * CONTACT_UPDATED.largest + b'"}}'
    made = announce(proposal, uuid4(), Written(user={"first_name": "Ann"}), NOW, 1)
    message = ContactUpdated.model_validate_json(made.body or b"")
    assert (message.context.contact_id, message.user_fields) == ("c", {"first_name": "Ann"})


def test_the_smallest_update_is_made_of_the_stored_one_and_names_the_contact() -> None:
    proposal = proposed(a_result(WORKSPACE, {"a": "x" * 5_000}, user("a", "notes"), user("a", "nickname")))
    made = announce(proposal, uuid4(), Written(user={"notes": "x" * 5_000}), NOW, 1)
    smallest = smallest_update(made.body or b"")
    assert smallest == smallest_update(made.body or b"")
    assert len(smallest) < 1_000
    message = ContactUpdated.model_validate_json(smallest)
    assert (message.execution_id, message.contact_id) == (made.key.execution_id, str(made.contact_id))
    assert message.user_fields == {}
    assert message.mappings == []


def test_what_a_large_result_wrote_is_kept_in_the_contact_alone_and_what_it_replaced_beside_it() -> None:
    contact = Contact(
        uuid4(), WORKSPACE, user={"notes": "before"}, origins={"notes": {"at": "2025-01-01T00:00:00+00:00"}}
    )
    large = proposed(
        a_result(WORKSPACE, {"a": "x" * 60_000, "b": "y" * 60_000}, user("a", "notes"), user("b", "address"))
    )
    made = announce(large, contact.id, merge(large, contact, {}), NOW, 1)
    assert made.made is not None
    assert made.made.changes.to_json() == {
        "user": {"notes": {"from": "before", "origin": 0}, "address": {}},
        "custom": {},
        "origins": [{"at": "2025-01-01T00:00:00+00:00"}],
    }
