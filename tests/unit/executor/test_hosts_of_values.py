"""A host that depends on values is one of a list, whatever the values are; port and scheme never depend on any."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_executor.connectors.plan import UncompilableError, compile_plan
from connector_executor.connectors.table import ConnectorTable
from connector_executor.outcome import Failure
from connector_executor.stages.authorize import Authorized
from connector_executor.stages.render import FOREIGN_HOST, render_request
from connectors_shared.definition.urls import FIXED, url_origins
from connectors_shared.egress import HttpRequest
from connectors_shared.egress.origin import parse_origin, split_url
from tests.unit.executor.a_connector import CONNECTOR, a_connector, a_plan
from tests.unit.executor.a_credential import CREDENTIAL, a_credential

HOSTS = ["eu.api.test", "us.api.test"]
URL = "https://{{input.region}}.api.test:8443/v1/{{input.id}}?a=1"


def problems_of(url: str, hosts: list[str] | None = None) -> dict[str, str]:
    with pytest.raises(UncompilableError) as caught:
        a_plan(url=url, allowedHosts=HOSTS if hosts is None else hosts)
    return {problem.pointer: problem.detail for problem in caught.value.problems}


def rendered(region: Any, url: str = URL, hosts: list[str] | None = None) -> str | Failure:
    plan = a_plan(url=url, allowedHosts=hosts or HOSTS)
    outcome = render_request(plan, {"input": {"region": region, "id": "a/b"}}, "id", Authorized())
    return outcome.url if isinstance(outcome, HttpRequest) else outcome


def test_a_host_of_the_list_is_called() -> None:
    assert rendered("eu") == "https://eu.api.test:8443/v1/a%2Fb?a=1"
    assert rendered("US") == "https://us.api.test:8443/v1/a%2Fb?a=1"
    whole = '{{input.region ?? "eu.api.test" | lower}}'
    assert rendered(None, f"http://{whole}") == "http://eu.api.test"
    assert rendered("us.api.test", f"https://{whole}?x=1") == "https://us.api.test?x=1"


ATTACKS = (
    *(
        "evil.test/",
        "evil.test#",
        "evil.test?",
        "eu.api.test@evil.test",
        "eu.api.test:80",
        "eu.api.test:8443/..",
        "//evil.test",
    ),
    *(
        "eu",
        "",
        " eu",
        "eu.",
        "\\evil.test",
        "eu%2eapi",
        "127.0.0.1",
        "[::1]",
        "\r\nHost: evil.test",
        "ｅu",
        "eu.api.test\x00",
    ),
    None,
    5,
    ["eu"],
    {"a": 1},
)


@given(
    st.sampled_from(ATTACKS) | st.text(max_size=20),
    st.sampled_from([URL, "https://{{input.region}}/", "http://x{{input.region}}"]),
)
def test_no_value_leads_to_another_host(value: Any, url: str) -> None:
    outcome = rendered(value, url)
    if isinstance(outcome, Failure):
        assert outcome == FOREIGN_HOST
        return
    origin = parse_origin(split_url(outcome)[0])
    assert origin.host in HOSTS
    assert origin.port == (8443 if url == URL else 443)
    assert origin.scheme == "https"


def test_without_a_list_the_host_is_fixed() -> None:
    assert problems_of(URL, []) == {"/config/url": FIXED}


@pytest.mark.parametrize(
    ("url", "pointer"),
    [
        ("https://eu.api.test:{{input.port}}/", "/config/url"),
        ("https://{{input.a}}:80{{input.port}}/", "/config/url"),
        ("{{input.scheme}}://eu.api.test/", "/config/url"),
        ("http{{input.s}}://eu.api.test/", "/config/url"),
        ("https://{{input.user}}@eu.api.test/", "/config/url"),
        ("https://{{input.a}}.api.test:99999/", "/config/url"),
        ("https://{{input.a}} .api.test/", "/config/url"),
        ("https://[{{input.a}}]/", "/config/url"),
        ("https://{{input.a/", "/config/url"),
        ("https://eu.api.test/{{input.a}}", "/config/allowedHosts"),
    ],
)
def test_scheme_user_and_port_depend_on_nothing(url: str, pointer: str) -> None:
    assert pointer in problems_of(url)


@pytest.mark.parametrize(
    "host",
    [
        *("eu.api.test:80", "https://eu.api.test", "*.api.test", "eu.api.test/x", "127.1", "{{input.a}}"),
        *("eu.api.test/é", "é@eu.api.test", "(😀n[]4%@"),
    ],
)
def test_what_is_listed_is_the_name_of_a_host(host: str) -> None:
    assert list(problems_of(URL, ["us.api.test", host])) == ["/config/allowedHosts/1"]
    assert list(problems_of(URL, ["us.api.test", "US.api.test"])) == ["/config/allowedHosts/1"]


def test_marks_within_placeholders_end_nothing() -> None:
    url = 'https://{{input.region ?? "a/b?c#d:5"}}.api.test/x/{{input.id ?? "?"}}/y?z={{input.q ?? "#"}}#f'
    assert rendered("eu", url) == "https://eu.api.test/x/a%2Fb/y?z=%23#f"
    plan = a_plan(url=url, allowedHosts=HOSTS)
    origin, path = plan.told_request[1:]
    assert (origin, path) == ('https://{{input.region ?? "a/b?c#d:5"}}.api.test', '/x/{{input.id ?? "?"}}/y')


def test_the_origins_that_it_may_lead_to_are_those_of_the_list_with_its_port() -> None:
    assert url_origins(URL, ["US.api.test", "eu.api.test"]) == ["https://eu.api.test:8443", "https://us.api.test:8443"]
    assert url_origins("https://api.test/{{input.x}}", []) == ["https://api.test"]
    assert url_origins("nowhere", HOSTS) == []


def test_a_secret_is_bound_to_each_host_of_the_list_or_no_call_is_made() -> None:
    bound = ["https://eu.api.test:8443", "https://us.api.test:8443"]
    for allowed, is_called in ((bound, True), (bound[:1], False)):
        table = ConnectorTable()
        connector = a_connector(url=URL, allowedHosts=HOSTS).model_copy(update={"credential_id": CREDENTIAL})
        table.apply_credential(CREDENTIAL, a_credential(origins=allowed).to_json())
        table.apply(CONNECTOR, connector.to_json())
        plan = table.plan(CONNECTOR)
        assert plan is not None
        assert (plan.fault is None) is is_called
        if is_called:
            assert plan.breaker.endswith("@*.api.test:8443")


def test_the_plan_of_a_connector_that_cannot_be_called_needs_no_list() -> None:
    from connector_executor.connectors.standin import unusable_plan

    assert unusable_plan(a_connector(url=URL, allowedHosts=HOSTS), "for a test").fault is not None
    assert compile_plan(a_connector(url=URL, allowedHosts=HOSTS)).fault is None
