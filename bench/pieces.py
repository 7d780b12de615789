"""`python -m bench.pieces`: what the pieces of an execution cost, each by itself: CPU microseconds, the best of many.

No servers, one thread, a few seconds. The best of many is hardly touched by what else runs on the machine, as long as
it is compared with another best of the same machine; the whole of an execution is what `python -m bench hot` measures.
"""

import gc
import time
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast
from uuid import uuid4

import orjson
from aiokafka import ConsumerRecord

from bench.definitions import WORKSPACE, a_connector, many_connectors
from bench.upstream import people
from connector_executor.admission.server import open_redis
from connector_executor.connectors.definition import read_quickly
from connector_executor.connectors.plan import Plan, compile_plan
from connector_executor.connectors.reading import read_definition
from connector_executor.connectors.table import ConnectorTable
from connector_executor.connectors.workspaces import Workspaces
from connector_executor.execution import Attempted, Execution, Origin, Source
from connector_executor.inbound.decode import Unreadable, decode
from connector_executor.input_redaction import redacted_inputs
from connector_executor.outcome import Success
from connector_executor.result import encoded_result
from connector_executor.stages.authorize import NOTHING
from connector_executor.stages.classify import advice_of, classify_response
from connector_executor.stages.render import render_request
from connector_executor.stages.scope import scope_of
from connector_executor.stages.transform import transform_response
from connector_executor.transform import Transformer
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.egress import HttpResponse

ROUNDS, AT_ONCE = 60, 100
CONNECTORS = 6_000
KEYS_AT_ONCE = 40
FIELDS = range(60)
FIRST_ASKED = ("told_request", "turn", "workspace_key", "placeholders", "default_bytes", "version")
"""What a plan computes for its first execution."""

Piece = Callable[[], object]


def best(piece: Piece) -> float:
    """Microseconds of one."""
    found = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        for _ in range(AT_ONCE):
            piece()
        found.append((time.thread_time() - began) / AT_ONCE)
    return min(found) * 1e6


def main() -> None:
    gc.freeze()
    for name, piece in (*of_an_execution(), *of_the_store(), *of_a_cold_plan()):
        print(f"{best(piece):8.1f}  {name}")


def of_an_execution() -> Iterable[tuple[str, Piece]]:
    plan = compile_plan(a_connector("http://127.0.0.1:9999/people"))
    record = _record(plan)
    event = decode(record)
    assert not isinstance(event, Unreadable)
    begin = partial(Execution, event, plan, Origin(), 1.0, Source(record.value))
    execution, now, transformer = begin(), datetime.now(UTC), Transformer()
    execution.attempts.append(Attempted(started=now, duration=50, status=200, outcome="success"))
    scope = scope_of(plan, execution.inputs(), record.value, Workspaces())
    body = people(1).partition(b"\r\n\r\n")[2] % 1
    answer = HttpResponse(200, {"Content-Type": "application/json"}, body, 400, "", 0.05)
    success = finished(transform_response(plan, answer, transformer))
    assert isinstance(success, Success)
    yield "decode", partial(decode, record)
    yield "execution", begin
    yield "render", partial(render_request, plan, scope, execution.id, NOTHING, len(record.value))
    yield "classify", lambda: (classify_response(plan, answer, now), advice_of(plan, answer, now))
    yield "transform", lambda: finished(transform_response(plan, answer, transformer))
    yield "inputs of a result", partial(redacted_inputs, b'{"phoneNumber":"6260000001"}')
    yield (
        "the same of 3 KB",
        partial(redacted_inputs, orjson.dumps({f"field {n}": "some words" * 4 for n in range(60)})),
    )
    yield "result, inputs included", partial(encoded_result, execution, success, now, most_data=1 << 20, most=1 << 20)


def of_the_store() -> Iterable[tuple[str, Piece]]:
    connection = cast("Any", open_redis("redis://127.0.0.1:1/0").connection_pool).make_connection()
    keys = [f"connectors:{{{WORKSPACE}}}:x:{uuid4()}" for _ in range(KEYS_AT_ONCE)]
    command = ("EVALSHA", "0" * 40, len(keys), *keys, b"x" * 4_000)
    yield f"a command of {KEYS_AT_ONCE} keys", partial(connection.pack_command, *command)


def of_a_cold_plan() -> Iterable[tuple[str, Piece]]:
    connectors = many_connectors("http://127.0.0.1:9999/people", CONNECTORS)
    table = ConnectorTable(cache_entries=1)
    for connector in connectors:
        table.apply(connector.connector_id, connector.to_json())
    ids = iter([connector.connector_id for connector in connectors])
    messages = [connector.to_json() for connector in connectors]
    for_models, for_structs = iter(messages), iter(messages)
    definitions = iter([found for found in map(read_quickly, messages) if found is not None])
    yield "read a definition by the contract's models", lambda: read_definition(next(for_models))
    yield "read a definition into structs", lambda: read_quickly(next(for_structs))
    yield "compile a plan", lambda: compile_plan(next(definitions))
    yield "a plan that is not cached, with its first execution", lambda: ask(table.plan(next(ids)))


def ask(plan: Plan | None) -> None:
    for name in FIRST_ASKED:
        getattr(plan, name)


def finished(work: Coroutine[Any, Any, Any]) -> Any:
    """Of something that waits for nobody."""
    try:
        work.send(None)
    except StopIteration as stop:
        return stop.value
    raise RuntimeError("it waits")


def _record(plan: Plan) -> ConsumerRecord:
    event = ConnectorExecute(
        execution_id=uuid4(),
        workspace_id=WORKSPACE,
        connector_id=plan.connector_id,
        inputs={"phoneNumber": "6260000001"},
        requested_at=datetime.now(UTC),
    )
    value = event.to_json()
    return ConsumerRecord("t", 0, 1, 1_700_000_000_000, 0, event.key(), value, None, 1, len(value), ())


if __name__ == "__main__":
    main()
