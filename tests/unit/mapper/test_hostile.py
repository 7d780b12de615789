"""Whatever a result, a mapping or an answer holds: a value is written, or refused by name, and the batch goes on."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors_shared.contract.contact import USER_FIELDS
from connectors_shared.contract.dead import DeadLetter
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.updates import ContactUpdated
from field_mapper.batch import BatchProcessor
from field_mapper.coercion import CustomFieldType, UserFieldCoercion, ValueRefusedError, coerce_custom_value
from field_mapper.metrics import MapperMetrics
from field_mapper.regions import Regions
from field_mapper.retries import Retries
from tests.unit.executor.hostile import JSON, JSON_NUMBERS, MOMENTS, nested

from .builders import CREATE, a_result, user
from .conftest import StoppedClock
from .twin import FakeRecord, InMemoryContacts, InMemoryPublisher

UPDATED, DEAD = "contact.updated", "connector.result.dead"
PATHS = st.sampled_from(
    [
        "a",
        "$",
        "$.a",
        "$..*",
        "a[0]",
        "$[?@.a]",
        "$[?match(@, $.p)]",
        "$[?@.a == 1e999]",
        "[",
        "$[",
        "",
        "a.b['c']",
        "\x00",
    ]
) | st.text(max_size=20)
TEXTS = st.sampled_from(
    ["ann@" + "a." * 500 + "com", "@" * 200, "1" * 5_000, "+" * 100, "http://[", "\x00", "٣" * 20, *MOMENTS]
)
DATA = JSON | TEXTS | JSON_NUMBERS
MAPPINGS = st.lists(
    st.fixed_dictionaries(
        {
            "sourcePath": PATHS,
            "targetField": st.sampled_from([*USER_FIELDS, "score", "\x00", " ", "x" * 200]),
            "targetType": st.sampled_from(["user_field", "custom_field"]),
        },
        optional={"default": DATA},
    ),
    max_size=6,
)
FIELDS = sorted(field.serialization_alias or name for name, field in ConnectorResult.model_fields.items())
ONE_AT_A_TIME = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def a_document(**fields: Any) -> bytes:
    result = a_result(uuid4(), {"a": 1}, user("a", "first_name"), contact_id=uuid4(), options=CREATE)
    return json.dumps(json.loads(result.to_json()) | fields).encode()


@dataclass
class Mapper:
    """A processor on twins of its own: every example begins with no contact.

    A transaction of the twin copies all that is stored, and many examples on one of them would copy all of theirs.
    """

    publisher: InMemoryPublisher = field(default_factory=InMemoryPublisher)
    contacts: InMemoryContacts = field(default_factory=InMemoryContacts)

    async def process(self, *values: bytes) -> None:
        metrics = MapperMetrics()
        retries = Retries(lambda _step: pytest.fail("a step is repeated"))
        processor = BatchProcessor(self.contacts, self.publisher, Regions("US"), StoppedClock(), metrics, retries)
        assert await processor.process([FakeRecord(value, offset) for offset, value in enumerate(values)])


async def reasons(value: bytes) -> list[DeadReason]:
    """Why it was set aside, if it was; what comes after it is always announced."""
    mapper, healthy = Mapper(), a_document()
    await mapper.process(value, healthy)
    publisher = mapper.publisher
    announced = [ContactUpdated.model_validate_json(message.value or b"") for message in publisher.on(UPDATED)]
    assert json.loads(healthy)["executionId"] in [str(update.execution_id) for update in announced]
    return [DeadLetter.from_headers(list(message.headers)).reason for message in publisher.on(DEAD)]


@ONE_AT_A_TIME
@given(data=DATA, mappings=MAPPINGS)
@example(data={"a": "x"}, mappings=[{"sourcePath": "$[?match(@, '((){99999}){99999}')]", "targetField": "notes"}])
@example(data="1" * 5_000, mappings=[{"sourcePath": "$", "targetField": "score", "targetType": "custom_field"}])
async def test_no_value_and_no_mapping_sets_a_result_aside(data: Any, mappings: list[dict[str, Any]]) -> None:
    found = await reasons(a_document(data=data, fieldMappings=mappings))
    assert set(found) <= {DeadReason.INVALID_MESSAGE, DeadReason.NOT_JSON}


@ONE_AT_A_TIME
@given(fields=st.dictionaries(st.sampled_from(FIELDS), DATA, max_size=3))
@example(fields={"finishedAt": MOMENTS[0]})
@example(fields={"finishedAt": "2026-05-01T12:00:00"})
@example(fields={"connectorVersion": 10**400})
@example(fields={"context": {"": float("inf")}})
async def test_a_result_of_hostile_fields_is_applied_or_invalid(fields: dict[str, Any]) -> None:
    found = await reasons(a_document(**fields))
    assert DeadReason.REPEATED_FAULT not in found


@pytest.mark.parametrize("value", [nested(5_000), nested(500_000), b"\xff" * 100, b'"\\ud800"', b"9" * 100_000])
async def test_bytes_that_are_no_result_are_set_aside(value: bytes) -> None:
    assert await reasons(value) in ([DeadReason.NOT_JSON], [DeadReason.INVALID_MESSAGE])


@ONE_AT_A_TIME
@given(field=st.sampled_from(USER_FIELDS), value=DATA)
def test_any_value_fits_a_user_field_or_is_refused(coerce: UserFieldCoercion, field: str, value: Any) -> None:
    try:
        found = coerce(field, value)
    except ValueRefusedError:
        return
    assert json.dumps(found).encode()
    assert "\x00" not in str(found)


@given(st.sampled_from(CustomFieldType), DATA)
def test_any_value_fits_a_custom_field_or_is_refused(kind: CustomFieldType, value: Any) -> None:
    try:
        found = coerce_custom_value(kind, value)
    except ValueRefusedError:
        return
    assert json.dumps(found, allow_nan=False).encode()


async def test_an_address_is_cut_off_before_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    monkeypatch.setattr("field_mapper.coercion.user_fields.email_address", looked_at.append)
    long = {"e": "a" * 100_000 + "@example.com"}
    result = a_result(uuid4(), long, user("e", "email"), contact_id=uuid4(), options=CREATE)
    await Mapper().process(result.to_json())
    assert looked_at == []
