"""Whatever a definition holds, the table takes it or leaves it, and its plan is usable or says why not."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector_executor.connectors.plan import Plan, UncompilableError, compile_plan
from connector_executor.connectors.table import ConnectorTable
from connectors_shared.contract.connector import PublishedConnector, RequestConfig
from connectors_shared.definition.problems import Problem
from tests.unit.executor.a_connector import CONNECTOR, a_connector, a_plan
from tests.unit.executor.hostile import JSON

TEXTS = st.text('{}input.x[0] |@:/?#%\n"\\é', max_size=30).map(lambda text: text or "x")
URLS = TEXTS.map("https://api.test/".__add__) | TEXTS.map("https://".__add__) | TEXTS
WINDOWS = st.fixed_dictionaries(
    {
        "limit": st.integers(1, 1_000_000),
        "seconds": st.floats(min_value=0, max_value=86_400, exclude_min=True, allow_nan=False),
        "burst": st.integers(1, 100_000),
    }
)
REQUESTS = st.fixed_dictionaries(
    {"method": st.sampled_from(["GET", "POST"]), "url": URLS},
    optional={
        "headers": st.lists(st.fixed_dictionaries({"key": st.just("X-A"), "value": TEXTS}), max_size=2),
        "queryParams": st.lists(
            st.fixed_dictionaries(
                {"key": TEXTS},
                optional={
                    "valueType": st.sampled_from(["input", "static"]),
                    "inputField": TEXTS,
                    "staticValue": TEXTS,
                },
            ),
            max_size=2,
        ),
        "bodyType": st.sampled_from(["json", "form", "raw"]),
        "body": JSON | TEXTS | st.dictionaries(TEXTS, TEXTS, max_size=2),
        "rateLimit": st.fixed_dictionaries({"windows": st.lists(WINDOWS, max_size=3)}),
        "idempotencyHeader": TEXTS,
    },
)


def published(**fields: Any) -> bytes:
    document = json.loads(a_connector().to_json()) | fields
    return json.dumps(document).encode()


@given(st.dictionaries(st.sampled_from(list(PublishedConnector.model_fields)), JSON, max_size=3))
@example({"version": 2**32})
@example({"deleted": True})
@example({"version": 10**400})
def test_any_definition_is_taken_or_left(fields: dict[str, Any]) -> None:
    table = ConnectorTable()
    table.apply(CONNECTOR, published(**fields))
    found = table.plan(CONNECTOR)
    assert found is None or found.fault is not None or len(table) == 1


@given(
    st.dictionaries(st.sampled_from([f.serialization_alias or n for n, f in RequestConfig.model_fields.items()]), JSON)
)
@example({"body": json.loads("[" * 150 + "]" * 150)})
@example({"body": "[" * 5_000 + "]" * 5_000, "bodyType": "json"})
@example({"body": [1], "bodyType": "form"})
@example({"url": "https://[::1"})
@example({"queryParams": [{"key": "k", "valueType": "input", "inputField": "}}"}]})
@example({"rateLimit": {"windows": [{"limit": 1_000_000, "seconds": 0.4}]}})
@example({"rateLimit": {"windows": [{"limit": 5, "seconds": float("nan")}]}})
@example({"timeout": float("inf")})
def test_any_request_compiles_or_says_why_not(config: dict[str, Any]) -> None:
    table = ConnectorTable()
    table.apply(CONNECTOR, published(config={"method": "GET", "url": "https://api.test/"} | config))
    found = table.plan(CONNECTOR)
    assert found is None or found.fault is None or found.fault.message


@given(st.lists(WINDOWS, min_size=1, max_size=5))
def test_every_window_is_a_whole_number_of_microseconds(windows: list[dict[str, Any]]) -> None:
    for interval, tolerance in a_plan(rateLimit={"windows": windows}).budget.windows:
        assert 1 <= interval <= 90_000 * 1_000_000
        assert 0 <= tolerance < 2**53


def test_a_host_that_no_store_could_keep_is_refused() -> None:
    with pytest.raises(UncompilableError, match="/config/url"):
        a_plan(url="https://a\x00b/", rateLimit={"maxRequestsPerMinute": 5, "share": "host"})


def test_a_window_faster_than_the_store_can_count_is_as_fast_as_it_can() -> None:
    assert a_plan(rateLimit={"windows": [{"limit": 1_000_000, "seconds": 0.4}]}).budget.windows == ((1, 0),)


def test_what_cannot_be_compiled_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[UUID] = []

    def fails(definition: PublishedConnector, _most: int, **_credentials: object) -> Plan:
        made.append(definition.connector_id)
        raise UncompilableError([Problem("", "no")])

    monkeypatch.setattr("connector_executor.connectors.table.compile_plan", fails)
    table = ConnectorTable()
    table.apply(CONNECTOR, a_connector().to_json())
    for _ in range(3):
        table.plan(CONNECTOR)
    table.apply(CONNECTOR, a_connector(version=2).to_json())
    table.plan(CONNECTOR)
    assert made == [CONNECTOR, CONNECTOR]


def test_a_fault_of_the_compiler_is_one_connectors_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_policies: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("connector_executor.connectors.plan.StatusTable.of", fails)
    with pytest.raises(UncompilableError, match="ZeroDivisionError"):
        compile_plan(a_connector())
