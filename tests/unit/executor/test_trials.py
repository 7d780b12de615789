"""A trial: the real way of an execution, seen through, published to nobody, and over when nobody waits for it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from connector_executor.connectors.workspaces import WorkspaceFacts
from connector_executor.inbound import trials as trials_module
from connector_executor.inbound.callers import Refusal, Refused
from connectors_shared.contract.execution import ExecutionContext
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.grant import Permitter
from connectors_shared.contract.trial import BodyKind, Part, Place, Source, TrialReport
from connectors_shared.definition.auth.oauth2 import OAUTH2
from connectors_shared.egress import SendFailure, SendFailureKind
from connectors_shared.egress.grants import WHOLE_WORKSPACE, Grant
from connectors_shared.egress.request import RefusedPlace
from tests.unit.executor.a_connector import WORKSPACE
from tests.unit.executor.a_credential import CREDENTIAL, SECRET, a_credential
from tests.unit.executor.trial_scene import Scene, a_scene, an_answer, an_order, of_workspace

AUTHORIZED = {"credentialId": str(CREDENTIAL)}
CLIENT = {field.name: field.default or "" for field in OAUTH2.fields if not field.secret} | {
    "token_url": "https://login.test/token",
    "client_id": "us",
}


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with a_scene() as scene:
        yield scene


def part(report: TrialReport, place: Place, name: str = "") -> Part:
    assert report.request is not None
    [found] = [each for each in report.request.parts if each.place is place and each.name.lower() == name]
    return found


async def test_the_request_is_told_as_it_was_sent_and_where_each_part_comes_from(scene: Scene) -> None:
    order = an_order(
        {"id": "a b", "phone": "626", "note": "hi"},
        method="POST",
        url="https://api.test/users/{{input.id}}?plan={{input.plan}}",
        queryParams=[{"key": "phone", "valueType": "input", "inputField": "phone"}, {"key": "v", "staticValue": "2"}],
        headers=[{"key": "X-Trace", "value": "t-{{input.id}}"}],
        bodyType="json",
        body={"note": "{{input.note}}", "fixed": 1, "deep": [{"a/b": "{{input.phone}}!"}]},
        idempotencyHeader="Idempotency-Key",
        connector=AUTHORIZED | {"inputSchema": {"id": {}, "phone": {}, "note": {}, "plan": {"default": "free"}}},
        credentials=(a_credential(),),
    )
    report = await scene.run(order)
    request = report.request
    assert request is not None
    assert (request.method, request.url) == ("POST", "https://api.test/users/a%20b?plan=free&phone=626&v=2")
    assert request.sent_bytes > 100
    told = {line.name.lower(): line.value for line in request.headers}
    assert told["authorization"] == "Bearer ••••"
    assert told["content-length"] == str(request.body.size)
    assert request.body.text == '{"note":"hi","fixed":1,"deep":[{"a/b":"626!"}]}'
    path, static_and_input = part(report, Place.PATH), [Source.STATIC, Source.INPUT]
    assert (path.value, path.sources, path.inputs) == ("/users/a%20b", static_and_input, ["id"])
    assert part(report, Place.QUERY, "plan").sources == [Source.STATIC, Source.DEFAULT]
    assert part(report, Place.QUERY, "phone").sources == [Source.INPUT]
    assert part(report, Place.QUERY, "v").sources == [Source.STATIC]
    assert part(report, Place.HEADER, "x-trace").sources == static_and_input
    assert part(report, Place.HEADER, "authorization").sources == [Source.STATIC, Source.CREDENTIAL]
    assert part(report, Place.HEADER, "idempotency-key").sources == [Source.GENERATED]
    assert part(report, Place.HEADER, "user-agent").sources == [Source.SENDER]
    assert part(report, Place.BODY, "/deep/0/a~1b").value == "626!"
    assert part(report, Place.BODY, "/note").sources == [Source.INPUT]


async def test_values_of_context_and_workspace_defaults_and_filters_are_told_as_such(scene: Scene) -> None:
    scene.table.workspaces.become(WORKSPACE, WorkspaceFacts("Ours", "DE"))
    order = an_order(
        {"note": " hi "},
        method="POST",
        url="https://api.test/{{workspace.phoneRegion | lower}}/{{context.contactId}}",
        queryParams=[{"key": "tag", "staticValue": "{{context.variables.tags}}", "arrays": "comma"}],
        headers=[{"key": "X-Step", "value": "{{context.stepId}}"}, {"key": "X-By", "value": '{{input.by ?? "us"}}'}],
        bodyType="json",
        body={"note": "{{input.note | trim | upper}}", "gone": "{{input.gone}}", "null": "{{input.gone ?? null}}"},
    )
    context = ExecutionContext(contact_id="c/1", variables={"tags": ["a,b", "c", None]})
    report = await scene.run(order.model_copy(update={"context": context}))
    request = report.request
    assert request is not None, report.error
    assert request.url == "https://api.test/de/c%2F1?tag=a%2Cb,c"
    assert request.body.text == '{"note":"HI","null":null}'
    path = part(report, Place.PATH)
    assert path.sources == [Source.STATIC, Source.WORKSPACE, Source.CONTEXT]
    assert (path.values, path.filters) == (["workspace.phoneRegion", "context.contactId"], ["lower"])
    assert part(report, Place.QUERY, "tag").sources == [Source.CONTEXT]
    assert part(report, Place.HEADER, "x-by").sources == [Source.DEFAULT]
    note = part(report, Place.BODY, "/note")
    assert (note.value, note.sources, note.filters) == ("HI", [Source.INPUT], ["trim", "upper"])
    assert "x-step" not in {line.name.lower() for line in request.headers}
    assert {"/gone"}.isdisjoint(each.name for each in request.parts)
    remarks = {(each.code, each.pointer) for each in report.warnings}
    assert remarks == {("missing_input", "/inputs/gone"), ("missing_context", "/context")}


async def test_output_raw_answer_and_time_are_told(scene: Scene) -> None:
    scene.sender.answers = [
        an_answer(body=b'{"a": {"b": 12345678901234567890}}', headers={"Content-Type": "text/json"})
    ]
    report = await scene.run(an_order(responseTransform="a.b"))
    assert (report.success, report.output, report.error) == (True, 12345678901234567890, None)
    response = report.response
    assert response is not None
    assert (response.status, response.body.kind, response.body.charset) == (200, BodyKind.TEXT, "utf-8")
    assert response.body.text == '{"a": {"b": 12345678901234567890}}'
    [attempt] = report.attempts
    assert (attempt.status, attempt.outcome, attempt.repeated, attempt.why) == (200, "success", False, "It succeeded.")
    assert attempt.timings.transform is not None
    assert attempt.timings.total >= attempt.timings.transform >= 0


async def test_each_attempt_says_why_it_was_repeated_or_was_not(scene: Scene) -> None:
    lost = SendFailure(SendFailureKind.connect_refused, "No connection to api.test could be made.", False, 0.01)
    scene.sender.answers = [lost, an_answer(503), an_answer(404)]
    report = await scene.run(an_order(retryDelay=0))
    first, second, third = report.attempts
    assert [each.repeated for each in report.attempts] == [True, True, False]
    assert (first.status, first.outcome) == (None, "connection_failed")
    assert (second.status, second.outcome) == (503, "http_error")
    assert "calling again is safe" in first.why
    assert "404" in third.why
    assert report.error is not None
    assert (report.error.type, report.error.http_status) == (FailureType.HTTP_ERROR, 404)


async def test_retries_that_are_used_up_are_the_reason(scene: Scene) -> None:
    scene.sender.answers = [an_answer(503)]
    report = await scene.run(an_order(retryDelay=0, retries=1))
    assert [each.repeated for each in report.attempts] == [True, False]
    assert "retries (1) are used up" in report.attempts[1].why


async def test_only_the_body_of_the_last_answer_is_kept(scene: Scene) -> None:
    answers = [an_answer(500, b"first"), an_answer(500, b"second"), an_answer(500, b"last")]
    scene.sender.answers = list(answers)
    report = await scene.run(an_order(retryDelay=0, retries=2))
    assert [answer.body for answer in answers] == [b"", b"", b"last"]
    assert report.response is not None
    assert report.response.body.size == len(b"last")


async def test_an_api_that_asks_for_a_long_wait_is_told_of_at_once_with_its_answer(scene: Scene) -> None:
    scene.sender.answers = [
        an_answer(429, b'{"slow": "down"}', {"Content-Type": "application/json", "Retry-After": "90"})
    ]
    report = await scene.run(an_order())
    assert report.error is not None
    assert report.error.http_status == 429
    assert "90 s" in report.attempts[0].why
    assert report.response is not None
    assert report.response.body.text == '{"slow": "down"}'


async def test_a_write_without_an_answer_says_that_it_may_have_happened(scene: Scene) -> None:
    scene.sender.answers = [SendFailure(SendFailureKind.total_timeout, "It did not end in time.", True, 0.01)]
    report = await scene.run(an_order(method="POST"))
    assert report.error is not None
    assert report.error.type is FailureType.OUTCOME_UNKNOWN
    assert "may have taken effect" in report.attempts[0].why


async def test_inputs_that_do_not_fit_are_told_without_a_call(scene: Scene) -> None:
    report = await scene.run(an_order(connector={"inputSchema": {"phone": {"required": True}}}))
    assert (report.attempts, report.request, report.response) == ([], None, None)
    assert report.error is not None
    assert report.error.type is FailureType.INVALID_INPUT
    assert not scene.sender.sent


async def test_one_that_is_switched_off_can_be_tried(scene: Scene) -> None:
    assert (await scene.run(an_order(connector={"enabled": False}))).success


async def test_a_secret_stands_nowhere_in_the_report(scene: Scene) -> None:
    echo = json.dumps({"you": f"Bearer {SECRET}", "deep": json.dumps({"again": SECRET})}).encode()
    scene.sender.answers = [
        an_answer(body=echo, headers={"Content-Type": "application/json", "Set-Cookie": "sid=1", "X-Echo": SECRET})
    ]
    order = an_order(
        {"spoken": f"my token is {SECRET}", "password": "hunter2222"},
        method="POST",
        body={"note": "{{input.spoken}}"},
        bodyType="json",
        url="https://api.test/{{input.spoken}}",
        connector=AUTHORIZED,
        credentials=(a_credential(),),
    )
    report = await scene.run(order)
    told = report.to_json().decode()
    assert SECRET not in told
    assert json.dumps(SECRET)[1:-1] not in told
    assert "sid=1" not in told
    assert "s3cret%3Aw" not in told
    assert report.inputs["password"] == "••••"
    assert report.request is not None
    assert {variable.name for variable in report.request.curl_variables} >= {"AUTHORIZATION"}
    assert '"${AUTHORIZATION:?}"' in report.request.curl


async def test_the_published_credential_counts_where_it_is_newer(scene: Scene) -> None:
    newer = a_credential(revision=2, secrets={"token": "the-newer-token"})
    scene.table.apply_credential(CREDENTIAL, newer.to_json())
    await scene.run(an_order(connector=AUTHORIZED, credentials=(a_credential(),)))
    assert ("Authorization", "Bearer the-newer-token") in scene.sender.sent[0].headers


async def test_a_credential_of_another_workspace_is_none(scene: Scene) -> None:
    foreign = a_credential(workspace_id=UUID(int=2))
    order = an_order(connector=AUTHORIZED, credentials=(foreign,))
    for _ in range(2):
        report = await scene.run(order.model_copy(update={"execution_id": uuid4()}))
        assert report.error is not None
        assert (report.error.type, report.warnings) == (FailureType.CREDENTIAL_UNUSABLE, [])
        scene.table.apply_credential(CREDENTIAL, foreign.to_json())
    assert not scene.sender.sent


async def test_a_token_that_is_being_obtained_is_waited_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials_module, "SETTLES_SECONDS", 0.0)
    tokenless = a_credential(type="oauth2", secrets={}, public=CLIENT)
    scene.table.apply_credential(CREDENTIAL, tokenless.to_json())
    trial = asyncio.create_task(scene.run(an_order(connector=AUTHORIZED, credentials=(tokenless,))))
    await asyncio.sleep(0)
    obtained = a_credential(type="oauth2", secrets={"access_token": "the-token-itself"}, revision=2, public=CLIENT)
    scene.table.apply_credential(CREDENTIAL, obtained.to_json())
    assert (await trial).success
    assert ("Authorization", "Bearer the-token-itself") in scene.sender.sent[0].headers


async def test_a_refused_token_is_told_as_such(scene: Scene) -> None:
    """A flow's call would be repeated with another one."""
    stored = a_credential(type="oauth2", secrets={"access_token": "the-stored-token"}, public=CLIENT)
    scene.table.apply_credential(CREDENTIAL, stored.to_json())
    scene.sender.answers = [an_answer(401)]
    report = await scene.run(an_order(connector=AUTHORIZED, credentials=(stored,)))
    [attempt] = report.attempts
    assert "A flow's call gets another token" in attempt.why


async def test_a_draft_whose_credential_has_no_token_says_what_to_do(scene: Scene) -> None:
    tokenless = a_credential(type="oauth2", secrets={}, public=CLIENT)
    report = await scene.run(an_order(connector=AUTHORIZED, credentials=(tokenless,)))
    assert report.error is not None
    assert "Save and connect it first" in report.error.message


async def test_a_changed_credential_that_is_not_saved_does_not_get_the_token_of_the_stored_one(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials_module, "SHORTLY_SECONDS", 0.0)
    stored = a_credential(type="oauth2", secrets={"access_token": "the-stored-token"}, public=CLIENT)
    scene.table.apply_credential(CREDENTIAL, stored.to_json())
    changed = a_credential(type="oauth2", secrets={}, revision=2, public=CLIENT | {"scope": "more"})
    report = await scene.run(an_order(connector=AUTHORIZED, credentials=(changed,)))
    assert report.error is not None
    assert "Save and connect it first" in report.error.message
    assert not scene.sender.sent


async def test_what_to_look_at_is_told(scene: Scene) -> None:
    location = {"Location": "https://api.test/moved", "Content-Type": "text/html"}
    scene.sender.answers = [an_answer(301, b"<a>", location)]
    order = an_order({"unused": 1}, url="http://api.test/{{input.gone}}", connector={"inputSchema": {"gone": {}}})
    report = await scene.run(order)
    told = {remark.code: remark.pointer for remark in report.warnings}
    assert told == {
        "unused_input": "/inputs/unused",
        "missing_input": "/inputs/gone",
        "insecure_http": "/config/url",
        "redirect_not_followed": "/config/url",
    }


async def test_a_result_near_its_limit_is_told() -> None:
    async with a_scene(max_result_bytes=2_000) as scene:
        scene.sender.answers = [an_answer(body=json.dumps({"a": "x" * 1_800}).encode())]
        report = await scene.run(an_order())
        assert [remark.code for remark in report.warnings] == ["result_near_limit"]


async def test_a_transform_that_fails_is_told_with_the_answer(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    from connector_executor.transform import Transformer, TransformFailure

    async def fail(*_args: Any, **_named: Any) -> TransformFailure:
        return TransformFailure("T2001", "The left side is no number (at character 3).", 3)

    monkeypatch.setattr(Transformer, "evaluate", fail)
    report = await scene.run(an_order(responseTransform="a + b"))
    assert report.error is not None
    assert (report.error.type, report.error.position) == (FailureType.TRANSFORM_FAILED, 3)
    assert report.response is not None
    assert "would not change" in report.attempts[0].why


async def test_who_hangs_up_ends_the_call(scene: Scene) -> None:
    scene.sender.gate = asyncio.Event()
    trial = asyncio.create_task(scene.trials.run(an_order()))
    await scene.sender.calling.wait()
    trial.cancel()
    await asyncio.gather(trial, return_exceptions=True)
    await scene.settled()
    assert scene.sender.cancelled.is_set()


async def test_who_hangs_up_before_the_call_keeps_it_from_being_made(scene: Scene) -> None:
    order = an_order(rateLimit={"windows": [{"limit": 1, "seconds": 1}]})
    await scene.run(order)
    waits = asyncio.create_task(scene.trials.run(order.model_copy(update={"execution_id": uuid4()})))
    while not len(scene.waiting):
        await asyncio.sleep(0)
    waits.cancel()
    await asyncio.gather(waits, return_exceptions=True)
    await scene.settled()
    assert len(scene.sender.sent) == 1


async def test_the_limit_of_the_connector_holds_for_trials(scene: Scene) -> None:
    order = an_order(rateLimit={"windows": [{"limit": 1, "seconds": 3600}]})
    await scene.run(order)
    refused = await scene.refused(order.model_copy(update={"execution_id": uuid4()}))
    assert refused.why is Refusal.LIMITED
    assert refused.retry_seconds > 3000


async def test_what_does_not_end_in_time_is_cancelled_and_told(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials_module, "GRACE_SECONDS", 0.0)
    scene.sender.gate = asyncio.Event()
    report = await scene.run(an_order(wait_seconds=0.05))
    assert report.error is not None
    assert report.error.type in (FailureType.CANCELLED, FailureType.DEADLINE_EXCEEDED)
    await scene.settled()


async def test_a_workspace_has_so_many_at_once_and_others_have_their_own(scene: Scene) -> None:
    scene.sender.gate = asyncio.Event()
    running = [asyncio.create_task(scene.trials.run(an_order())) for _ in range(trials_module.MOST_AT_ONCE)]
    while len(scene.sender.sent) < len(running):
        await asyncio.sleep(0)
    assert await scene.refused(an_order()) == Refused(Refusal.TOO_MANY, trials_module.RETRY_SECONDS)
    other = asyncio.create_task(scene.trials.run(an_order(connector=of_workspace(UUID(int=2)))))
    while len(scene.sender.sent) == len(running):
        await asyncio.sleep(0)
    scene.sender.gate.set()
    assert all(isinstance(report, TrialReport) for report in await asyncio.gather(other, *running))


async def test_where_a_call_was_not_let_through_to_is_told_with_who_may_let_it(scene: Scene) -> None:
    place = RefusedPlace("127.0.0.1", 8080, Permitter.ADMINISTRATOR)
    scene.sender.answers = [
        SendFailure(SendFailureKind.address_refused, "The host may not be called.", False, 0.0, place=place)
    ]
    report = await scene.run(an_order(url="http://127.0.0.1:8080/"))
    assert report.error is not None
    assert report.error.place is not None
    assert report.error.type is FailureType.ADDRESS_REFUSED
    told = json.loads(report.to_json())["error"]["place"]
    assert told == {"host": "127.0.0.1", "port": 8080, "permitter": "administrator"}


async def test_what_was_granted_a_moment_ago_is_known_before_it_calls(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = uuid4()
    order = an_order().model_copy(update={"grants": [given]})
    asked, knows = asyncio.Event(), scene.grants.knows

    def is_known(grant_id: UUID) -> bool:
        asked.set()
        return knows(grant_id)

    monkeypatch.setattr(scene.grants, "knows", is_known)
    running = asyncio.create_task(scene.trials.run(order))
    await asked.wait()
    assert scene.sender.sent == []
    scene.grants.give(given, Grant("127.0.0.1", 8080), (str(WORKSPACE), WHOLE_WORKSPACE))
    assert isinstance(await running, TrialReport)
    assert len(scene.sender.sent) == 1


async def test_a_grant_that_never_comes_is_not_waited_for_longer_than_the_test_may_take(scene: Scene) -> None:
    order = an_order(wait_seconds=0.2).model_copy(update={"grants": [uuid4()]})
    await scene.run(order)
    assert len(scene.sender.sent) == 1
