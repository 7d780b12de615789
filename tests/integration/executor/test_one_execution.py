"""One execution through a real executor: what is called, and what is answered."""

import json
from uuid import UUID, uuid4

from aiohttp import web

from connectors_shared.contract.dead import DeadLetter
from connectors_shared.contract.execution import ConnectorResult, Lane, ResultStatus, Trigger
from connectors_shared.contract.failure import DeadReason, FailureType
from connectors_shared.contract.topics import EXECUTE_DEAD
from tests.integration.executor.conftest import Bench, Upstream


async def test_a_call_is_authorized_transformed_and_answered(bench: Bench, upstream: Upstream) -> None:
    async def identity(_request: web.Request) -> web.Response:
        return web.json_response({"identities": [{"firstName": "Jose", "id": 2**60 + 1}]})

    upstream.answer = identity
    connector = await bench.publish(
        upstream.url + "/byPhone",
        credential_id=await bench.publish_credential("s3cret-token", origins=[upstream.url]),
        query_params=[{"key": "phone", "valueType": "input", "inputField": "phoneNumber", "required": True}],
        response_transform='{"name": identities[0].firstName, "id": identities[0].id}',
    )
    await bench.start_executor()
    mapping = [{"sourcePath": "name", "targetField": "first_name"}]
    event = await bench.execute(
        connector,
        inputs={"phoneNumber": "626 695"},
        context={"contactId": "c-1", "variables": {"a": None}, "tenant": {"region": "eu"}},
        field_mappings=mapping,
        store_as="enriched",
        labels={"campaign": "spring"},
    )

    result = await bench.result()

    assert result.success
    assert result.execution_id == event.execution_id
    assert result.data == {"name": "Jose", "id": 2**60 + 1}
    assert result.variables == {"enriched": result.data}
    assert result.context == event.context
    assert result.context.model_extra == {"tenant": {"region": "eu"}}
    assert (result.labels, result.trigger, result.lane) == (event.labels, Trigger.FLOW, Lane.NORMAL)
    assert result.inputs == event.inputs
    assert result.request is not None
    assert (result.request.method, result.request.path_template) == ("GET", "/byPhone")
    assert result.request.origin == upstream.url
    assert result.request.sent_bytes > len("s3cret-token")
    assert result.requested_at is not None
    assert result.started_at == result.attempts[0].started
    assert result.field_mappings == event.field_mappings
    assert [attempt.status for attempt in result.attempts] == [200]
    [(method, path, headers, _)] = upstream.seen
    assert (method, path) == ("GET", "/byPhone?phone=626%20695")
    assert headers["Authorization"] == "Bearer s3cret-token"
    assert b"s3cret" not in bench.results[0]


async def test_a_json_body_keeps_the_types_of_the_inputs(bench: Bench, upstream: Upstream) -> None:
    body = '{"age": {{input.age}}, "note": "is {{input.age}}", "tags": "{{input.tags}}"}'
    connector = await bench.publish(upstream.url + "/{{input.id}}", method="POST", body_type="json", body=body)
    await bench.start_executor()
    await bench.execute(connector, inputs={"age": 41, "tags": ["x", "y"], "id": "a/b ?"})

    assert (await bench.result()).success
    [(method, path, headers, sent)] = upstream.seen
    assert (method, path) == ("POST", "/a%2Fb%20%3F")
    assert headers["Content-Type"] == "application/json"
    assert json.loads(sent) == {"age": 41, "note": "is 41", "tags": ["x", "y"]}


async def test_a_missing_input_is_named_and_nothing_is_called(bench: Bench, upstream: Upstream) -> None:
    schema = {"phoneNumber": {"type": "string", "required": True}}
    connector = await bench.publish(upstream.url, input_schema=schema)
    await bench.start_executor()
    await bench.execute(connector)

    result = await bench.result()
    assert result.error is not None
    assert result.error.type is FailureType.INVALID_INPUT
    assert "phoneNumber" in result.error.message
    assert upstream.seen == []


async def test_a_connector_created_after_the_start_is_found(bench: Bench, upstream: Upstream) -> None:
    await bench.start_executor()
    connector = await bench.publish(upstream.url)
    await bench.execute(connector)
    assert (await bench.result()).success


async def test_an_internal_address_without_a_grant_is_refused(bench: Bench, upstream: Upstream) -> None:
    connector = await bench.publish("http://169.254.169.254/latest/meta-data")
    await bench.start_executor()
    await bench.execute(connector)

    result = await bench.result()
    assert result.error is not None
    assert result.error.type is FailureType.ADDRESS_REFUSED


async def test_a_grant_lets_its_connector_through_and_no_other(bench: Bench, upstream: Upstream) -> None:
    bench.settings = bench.settings.model_copy(update={"egress_grants": ""})
    granted, other = await bench.publish(upstream.url), await bench.publish(upstream.url)
    await bench.grant("127.0.0.1", upstream.port, granted)
    await bench.start_executor()
    await bench.execute(granted)
    assert (await bench.result()).success
    await bench.execute(other)
    refused = await bench.result()
    assert refused.error is not None
    assert refused.error.type is FailureType.ADDRESS_REFUSED


async def test_a_former_version_is_called_by_its_own_definition(bench: Bench, upstream: Upstream) -> None:
    connector = await bench.publish(upstream.url + "/new", version=2)
    await bench.publish_version(connector, 1, upstream.url + "/old")
    await bench.start_executor()
    await bench.execute(connector, connector_version=1)
    assert (await bench.result()).connector_version == 1
    await bench.execute(connector)
    assert (await bench.result()).connector_version == 2
    assert [path for _, path, _, _ in upstream.seen] == ["/old", "/new"]

    await bench.execute(connector, connector_version=7)
    missing = await bench.result()
    assert missing.error is not None
    assert (missing.error.type, missing.connector_version) == (FailureType.VERSION_UNAVAILABLE, 7)


async def test_a_failing_get_is_repeated_and_a_failing_post_is_not(bench: Bench, upstream: Upstream) -> None:
    async def broken(_request: web.Request) -> web.Response:
        return web.Response(status=500)

    upstream.answer = broken
    reading = await bench.publish(upstream.url, retries=2)
    writing = await bench.publish(upstream.url, method="POST", retries=2)
    await bench.start_executor()

    await bench.execute(reading)
    assert [a.status for a in (await bench.result()).attempts] == [500, 500, 500]
    await bench.execute(writing)
    assert [a.status for a in (await bench.result()).attempts] == [500]


async def test_a_post_without_an_answer_has_an_unknown_outcome(bench: Bench, upstream: Upstream) -> None:
    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    upstream.answer = hang_up
    connector = await bench.publish(upstream.url, method="POST", retries=3)
    await bench.start_executor()
    await bench.execute(connector)

    result = await bench.result()
    assert result.error is not None
    assert result.error.type is FailureType.OUTCOME_UNKNOWN
    assert len(upstream.seen) == 1


async def test_poison_messages_end_in_the_dead_letters_and_the_rest_goes_on(bench: Bench, upstream: Upstream) -> None:
    connector = await bench.publish(upstream.url)
    await bench.start_executor()
    poison = [
        (b"not json", DeadReason.NOT_JSON),
        (b'{"executionId": "x"}', DeadReason.INVALID_MESSAGE),
        (b"", DeadReason.EMPTY),
    ]
    for value, _ in poison:
        await bench.send(value, headers=[("odd", b"\xff\xfe")])
    await bench.execute(connector)

    assert (await bench.result()).success
    letters = await bench.read(EXECUTE_DEAD.name, 3)
    found = {record.value: DeadLetter.from_headers(record.headers) for record in letters}
    for value, reason in poison:
        assert found[value].reason is reason
    await bench.stop_executor()
    assert await bench.committed() == 4


async def test_whatever_is_wrong_with_its_connector_an_execution_ends_in_one_result(
    bench: Bench, upstream: Upstream
) -> None:
    healthy = await bench.publish(upstream.url)
    broken = {
        "a body too deep": {"method": "POST", "body": "[" * 5_000 + "]" * 5_000, "body_type": "json"},
        "a body that is no JSON": {"method": "POST", "body": "[" * 5_000, "body_type": "json"},
        "a placeholder that names nothing": {"query_params": [{"key": "q", "static_value": "{{oops}}"}]},
    }
    published = {name: await bench.publish(upstream.url, **config) for name, config in broken.items()}
    await bench.start_executor()
    unusable = {(await bench.execute(connector)).execution_id for connector in published.values()}
    gone, stranger = uuid4(), uuid4()
    deleted = await bench.execute(gone, connector_version=3, store_as="answer")
    foreign = await bench.execute(healthy, workspace_id=stranger)
    await bench.send(deleted.to_json(), deleted.key())
    await bench.execute(healthy)

    found: dict[UUID, ConnectorResult] = {}
    while len(found) < 6:  # what is asked twice may be answered twice, with the same
        result = await bench.result()
        assert found.setdefault(result.execution_id, result) == result
    errors = {execution_id: result.error for execution_id, result in found.items() if result.error}
    assert {error.type for id_, error in errors.items() if id_ in unusable} == {FailureType.INVALID_REQUEST}
    for event in (deleted, foreign):
        result = found[event.execution_id]
        assert result.error is not None
        assert (result.error.type, result.error.retryable) == (FailureType.UNKNOWN_CONNECTOR, False)
        assert (result.connector_id, result.workspace_id) == (event.connector_id, event.workspace_id)
        assert (result.status, result.attempts) == (ResultStatus.ERROR, [])
    assert len(upstream.seen) == 1
    await bench.until_committed(7)


async def test_the_same_execution_sent_twice_is_called_once(bench: Bench, upstream: Upstream) -> None:
    connector = await bench.publish(upstream.url)
    await bench.start_executor()
    event = await bench.execute(connector)
    await bench.send(event.to_json(), event.key())
    first = await bench.result()
    await bench.execute(connector, context={"contactId": "other"})
    others = [await bench.result()]
    while others[-1].execution_id == event.execution_id:
        others.append(await bench.result())

    assert first.execution_id == event.execution_id
    assert len(upstream.seen) == 2
    repeats = {value for value in bench.results if str(event.execution_id).encode() in value}
    assert len(repeats) == 1
