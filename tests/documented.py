"""What an API answers to made-up requests, held against its OpenAPI document."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import httpx2
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

EACH: Final = 4
"""Requests of an operation that its document allows, and as many that it does not."""
CHECKS: Final = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
UNAVAILABLE: Final = (502, 503, 504)
"""Documented, and meant: of an executor that nobody has started, for example."""
Case = Any


@schemathesis.serializer("text/csv")
def _file(_context: Any, value: Any) -> bytes:
    return str(value).encode("utf-8", "surrogatepass")


async def as_documented(
    document: dict[str, Any], client: httpx2.AsyncClient, path_parameters: Mapping[str, str]
) -> dict[int, int]:
    """How often each status came. Fails on a 500, and on any status, media type, header or shape that is not told.

    `path_parameters` of something that exists are used for half of the requests. The requests are the same in each run.
    """
    counts: dict[int, int] = {}
    for case in _cases(document, path_parameters):
        try:
            answer = await _asked(client, case)
        except httpx2.InvalidURL:  # longer than the client sends
            continue
        told = [check for check in CHECKS if answer.status_code not in UNAVAILABLE or check is not CHECKS[0]]
        case.validate_response(answer, checks=told)
        counts[answer.status_code] = counts.get(answer.status_code, 0) + 1
    return counts


async def _asked(client: httpx2.AsyncClient, case: Case) -> httpx2.Response:
    asked = case.as_transport_kwargs(base_url=str(client.base_url).rstrip("/"))
    headers = {name: value for name, value in asked["headers"].items() if _is_ours(name, value)}
    body = asked.get("data")
    if "json" in asked:
        body = json.dumps(asked["json"]).encode()
    return await client.request(
        asked["method"], asked["url"], params=asked.get("params"), headers=headers, content=body or None
    )


def _is_ours(name: str, value: Any) -> bool:
    """Those that the document knows; who asks, and how long the body is, is the client's."""
    return name.lower() in ("content-type", "if-match", "idempotency-key") and value.isascii() and value.isprintable()


def _cases(document: dict[str, Any], path_parameters: Mapping[str, str]) -> Iterator[Case]:
    schema = schemathesis.openapi.from_dict(document)
    for found in schema.get_all_operations():
        operation = found.ok()
        named = {name: value for name, value in path_parameters.items() if f"{{{name}}}" in operation.path}
        known = {"path_parameters": named} if named else {}
        yield from _generated(operation.as_strategy(GenerationMode.POSITIVE, **known))
        yield from _generated(operation.as_strategy(GenerationMode.NEGATIVE))


def _generated(strategy: Any) -> list[Case]:
    cases: list[Case] = []

    @settings(
        max_examples=EACH,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=strategy)
    def collect(case: Case) -> None:
        cases.append(case)

    run: Callable[[], None] = collect
    run()
    return cases
