"""A request that is shown before anything is called: as it would be sent, without what it takes to send it."""

import asyncio
import threading
from typing import Any

import pytest

from connector_executor.connectors.workspaces import Workspaces
from connector_executor.inbound.callers import Refusal, Refused
from connector_executor.inbound.requests import Requests
from connectors_shared.contract.execution import ExecutionContext
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.nesting import MOST_MESSAGE_LEVELS
from connectors_shared.contract.trial import Place, RequestReport, SentRequest, Source, TrialOrder
from connectors_shared.definition.auth.oauth2 import OAUTH2
from tests.unit.executor.a_credential import CREDENTIAL, SECRET, a_credential
from tests.unit.executor.trial_scene import an_order

AUTHORIZED = {"credentialId": str(CREDENTIAL)}
CLIENT = {field.name: field.default or "" for field in OAUTH2.fields if not field.secret} | {
    "token_url": "https://login.test/token",
    "client_id": "us",
}


async def report_of(order: TrialOrder) -> RequestReport:
    report = await Requests(Workspaces(), lambda: False).show(order)
    assert isinstance(report, RequestReport), report
    return report


async def shown(order: TrialOrder) -> tuple[SentRequest, list[str]]:
    report = await report_of(order)
    assert report.request is not None, report.error
    return report.request, report.missing


def lookup(**inputs: Any) -> TrialOrder:
    return an_order(
        inputs,
        method="POST",
        url="https://api.test/users/{{input.id}}?plan={{input.plan}}",
        queryParams=[{"key": "phone", "valueType": "input", "inputField": "phone", "required": True}],
        headers=[{"key": "X-Trace", "value": "t-{{input.id}}"}],
        bodyType="json",
        body={"note": "{{input.note | upper}}", "zip": "{{input.address.zip}}", "by": "{{context.contactId}}"},
        idempotencyHeader="Idempotency-Key",
        connector=AUTHORIZED
        | {
            "inputSchema": {
                "id": {"required": True},
                "phone": {"required": True},
                "note": {},
                "plan": {"default": "free"},
                "address": {"type": "object", "properties": {"zip": {"type": "string", "required": True}}},
            }
        },
        credentials=(a_credential(),),
    )


async def test_what_is_given_is_rendered_as_it_would_be_sent() -> None:
    order = lookup(id="a b", phone="626", note="hi", address={"zip": "91765"})
    request, missing = await shown(order.model_copy(update={"context": ExecutionContext(contact_id="c1")}))
    assert missing == []
    assert (request.method, request.url) == ("POST", "https://api.test/users/a%20b?plan=free&phone=626")
    assert request.body.text == '{"note":"HI","zip":"91765","by":"c1"}'
    sources = {(part.place, part.name.lower()): part.sources for part in request.parts}
    assert sources[Place.PATH, ""] == [Source.STATIC, Source.INPUT]
    assert sources[Place.QUERY, "plan"] == [Source.STATIC, Source.DEFAULT]
    assert sources[Place.QUERY, "phone"] == [Source.INPUT]
    assert sources[Place.HEADER, "authorization"] == [Source.STATIC, Source.CREDENTIAL]
    assert sources[Place.HEADER, "idempotency-key"] == [Source.GENERATED]


async def test_what_is_not_given_stands_in_it_as_its_placeholder() -> None:
    request, missing = await shown(lookup())
    assert set(missing) == {"input.id", "input.phone", "input.note", "input.address.zip", "context.contactId"}
    assert request.url == "https://api.test/users/{{input.id}}?plan=free&phone={{input.phone}}"
    assert request.body.text == '{"note":"{{input.note}}","zip":"{{input.address.zip}}","by":"{{context.contactId}}"}'
    [phone] = [part for part in request.parts if part.name == "phone"]
    assert (phone.value, phone.sources, phone.inputs) == ("{{input.phone}}", [Source.INPUT], ["phone"])
    assert "{{input.phone}}" in request.curl


async def test_filters_leave_what_is_not_given_as_its_placeholder() -> None:
    """A word that stands in is no moment, and in Base64 nobody knows it."""
    order = an_order(
        url='https://api.test/since/{{input.since | date("iso", "UTC")}}',
        method="POST",
        headers=[{"key": "X-Who", "value": "Basic {{input.user | upper | base64}}"}],
        bodyType="json",
        body={"at": '{{input.since | date("unix", "UTC")}}', "all": "{{input.rows | json}}", "plain": "{{input.user}}"},
    )
    request, missing = await shown(order)
    assert set(missing) == {"input.since", "input.user", "input.rows"}
    assert request.url == "https://api.test/since/{{input.since}}"
    assert [line.value for line in request.headers if line.name == "X-Who"] == ["Basic {{input.user}}"]
    assert request.body.text == '{"at":"{{input.since}}","all":"{{input.rows}}","plain":"{{input.user}}"}'


async def test_a_host_that_nobody_has_chosen_is_asked_for() -> None:
    order = an_order(url="https://{{input.region}}.api.test/x/{{input.id}}", allowedHosts=["eu.api.test"])
    report = await report_of(order)
    assert report.error is not None
    assert "is chosen by input.region: give a value" in report.error.message
    request, missing = await shown(order.model_copy(update={"inputs": {"region": "eu"}}))
    assert (request.url, missing) == ("https://eu.api.test/x/{{input.id}}", ["input.id"])


async def test_no_secret_is_opened_and_a_token_that_nobody_has_is_stood_in_for() -> None:
    """The credential is sealed with a key that is not there, and has no token."""
    sealed = a_credential(type="oauth2", public=CLIENT, secrets={}, sealed={})
    order = an_order(connector=AUTHORIZED, credentials=(sealed,))
    request, _ = await shown(order)
    told = {line.name.lower(): line.value for line in request.headers}
    assert told["authorization"] == "Bearer ••••"
    assert [each.name for each in request.curl_variables] == ["AUTHORIZATION"]
    entered, _ = await shown(an_order(connector=AUTHORIZED, credentials=(a_credential(),)))
    assert SECRET not in entered.to_json().decode()


async def test_values_that_make_no_request_say_why() -> None:
    report = await report_of(lookup(id=".."))
    assert report.request is None
    assert report.error is not None
    assert report.error.type is FailureType.INVALID_INPUT
    wrong = await report_of(lookup(address="none"))
    assert wrong.error is not None
    assert [each.pointer for each in wrong.error.errors] == ["/inputs/address"]


async def test_a_credential_that_did_not_come_is_said() -> None:
    report = await report_of(an_order(connector=AUTHORIZED))
    assert report.error is not None
    assert report.error.type is FailureType.CREDENTIAL_UNUSABLE


async def test_a_workspace_has_few_at_once_and_none_while_it_stops() -> None:
    requests = Requests(Workspaces(), lambda: False, most_at_once=1)
    answers = await asyncio.gather(requests.show(lookup()), requests.show(lookup()))
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [each.why for each in refused] == [Refusal.TOO_MANY]
    stopping = await Requests(Workspaces(), lambda: True).show(lookup())
    assert isinstance(stopping, Refused)


async def test_one_that_nobody_waits_for_any_more_counts_until_its_thread_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began, may_end = threading.Event(), threading.Event()

    def slowly(_order: TrialOrder, _workspaces: Workspaces) -> RequestReport:
        began.set()
        may_end.wait(5)
        return RequestReport()

    monkeypatch.setattr("connector_executor.inbound.requests.foreseen_request", slowly)
    requests = Requests(Workspaces(), lambda: False, most_at_once=1)
    gone = asyncio.create_task(requests.show(lookup()))
    await asyncio.to_thread(began.wait, 5)
    gone.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert isinstance(await requests.show(lookup()), Refused)
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert isinstance(await requests.show(lookup()), RequestReport)


async def test_what_is_nested_too_deep_is_refused() -> None:
    deep: Any = "x"
    for _ in range(MOST_MESSAGE_LEVELS):
        deep = [deep]
    report = await report_of(an_order().model_copy(update={"inputs": {"a": deep}}))
    assert report.error is not None
    assert "nested deeper" in report.error.message
