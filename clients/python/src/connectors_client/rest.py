"""Over REST: call a connector and wait for the answer."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, Self
from uuid import UUID, uuid4

import httpx2
import msgspec
from pydantic import Field, ValidationError

from connectors_client.errors import (
    ClientError,
    ConnectionLostError,
    NoOutcomeError,
    OutcomeLateError,
    RefusedError,
    TryLaterError,
    WrongField,
    refusal_class,
)
from connectors_client.outcome import Outcome
from connectors_shared.contract.contact import FieldMapping, MappingOptions
from connectors_shared.contract.execution import ExecutionContext, ExecutionError, Labels, Lane, OnError, TemplateName
from connectors_shared.contract.model import Message, Version

MOST_WAIT_SECONDS: Final = 300.0
"""The registry's own bound of one request; a longer time-out asks again."""
ANSWER_MARGIN_SECONDS: Final = 10.0
"""An answer may take so much longer than the wait that was asked for."""
SHORTEST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 30.0
WAITED_SECONDS: Final = 1.0
"""Whoever was told after so long that it still runs has waited, and asks again at once."""
RUNNING: Final = "still-running"
MAY_HAVE_HAPPENED: Final = frozenset({"executor-lost", "executor-failed"})
"""Problems after which nobody knows whether the call was made."""


class _Answer(Message):
    execution_id: UUID
    success: bool
    data: Any = None
    execution_time: int = 0
    error: ExecutionError | None = None
    variables: dict[str, Any] = Field(default_factory=dict)


class CallTerms(Message):
    """What else an execution may say, as an event does; what is not set is as the connector, or the API, has it."""

    connector_version: Version | None = None
    field_mappings: list[FieldMapping] = Field(default_factory=list)
    mapping_template: TemplateName | None = None
    options: MappingOptions = Field(default_factory=MappingOptions)
    on_error: OnError | None = None
    labels: Labels = Field(default_factory=dict)
    lane: Lane = Lane.INTERACTIVE


class RestExecutions:
    """Calls connectors of the token's workspace.

    What may be repeated is repeated until the time-out: a lost connection, a 429 and a 503, with the same execution id,
    so that the call happens once. `repeat=False` hands every refusal to the caller at once.
    """

    def __init__(
        self, registry_url: str, token: str, *, repeat: bool = True, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx2.AsyncClient(base_url=registry_url, headers=headers, transport=transport)
        self._repeat = repeat

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._http.aclose()

    async def call(
        self,
        connector_id: UUID,
        inputs: Mapping[str, Any],
        *,
        execution_id: UUID | None = None,
        requested_at: datetime | None = None,
        context: ExecutionContext | None = None,
        store_as: str | None = None,
        terms: CallTerms | None = None,
        timeout_seconds: float = 60.0,
    ) -> Outcome:
        """A failed call is an outcome too, see `Outcome.raise_for_failure`.

        To be safe across a crash of this process give an `execution_id` and a `requested_at` that are kept, and call
        again with both. Raises RefusedError and NoOutcomeError, whose `may_have_happened` is true once any request of
        this call may have reached the executor.
        """
        given = {
            "inputs": dict(inputs),
            "executionId": execution_id or uuid4(),
            "requestedAt": requested_at or datetime.now(UTC),
            "context": None if context is None else msgspec.Raw(context.to_json()),
            "storeAs": store_as,
        }
        body = {name: value for name, value in given.items() if value is not None}
        if terms is not None:
            body |= terms.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return await _Call(self._http, f"/api/connectors/{connector_id}/execute", body, timeout_seconds).run(
            repeat=self._repeat
        )


class _Call:
    """One execution, asked for as often as it takes."""

    def __init__(self, http: httpx2.AsyncClient, path: str, body: dict[str, Any], timeout_seconds: float) -> None:
        self._http = http
        self._path = path
        self._body = body
        self._deadline = time.monotonic() + timeout_seconds
        self._id: UUID = body["executionId"]
        self._may_have_happened = False

    async def run(self, *, repeat: bool) -> Outcome:
        failures = 0
        while True:
            asked_at = time.monotonic()
            try:
                return await self._ask()
            except (ConnectionLostError, OutcomeLateError, TryLaterError) as error:
                has_waited = isinstance(error, OutcomeLateError) and time.monotonic() - asked_at >= WAITED_SECONDS
                failures = 0 if has_waited else failures + 1
                pause = _pause_seconds(error, failures)
                if not repeat or time.monotonic() + pause >= self._deadline:
                    raise self._told(error) from None
                await asyncio.sleep(pause)

    def _told(self, error: ClientError) -> ClientError:
        """What one request knows, and what was asked before it."""
        if isinstance(error, NoOutcomeError):
            error.may_have_happened = self._may_have_happened
            return error
        if not self._may_have_happened:
            return error
        message = f"an earlier request of this call may have been worked on; the last was refused: {error}"
        return ConnectionLostError(self._id, message, may_have_happened=True)

    async def _ask(self) -> Outcome:
        wait_seconds = min(MOST_WAIT_SECONDS, max(0.1, self._deadline - time.monotonic()))
        content = msgspec.json.encode(self._body | {"waitSeconds": wait_seconds})
        headers = {"Content-Type": "application/json"}
        try:
            response = await self._http.post(
                self._path, content=content, headers=headers, timeout=wait_seconds + ANSWER_MARGIN_SECONDS
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol) as error:
            raise self._lost(f"the registry cannot be reached: {_shown(error)}", reached=False) from error
        except httpx2.HTTPError as error:
            raise self._lost(f"the connection to the registry broke: {_shown(error)}", reached=True) from error
        if response.is_success:
            return self._outcome(response)
        raise self._refusal(response)

    def _outcome(self, response: httpx2.Response) -> Outcome:
        try:
            answer = _Answer.model_validate_json(response.content)
        except ValidationError as error:
            raise self._lost("the registry's answer cannot be read", reached=True) from error
        return Outcome(
            execution_id=answer.execution_id,
            success=answer.success,
            data=answer.data,
            error=answer.error,
            execution_ms=answer.execution_time,
            variables=answer.variables,
        )

    def _refusal(self, response: httpx2.Response) -> ClientError:
        problem = _problem(response)
        kind, detail = str(problem.get("type", "")).rpartition("/")[2], str(problem.get("detail", ""))
        if kind == RUNNING or response.status_code == httpx2.codes.GATEWAY_TIMEOUT:
            self._may_have_happened = True
            return OutcomeLateError(self._id, detail or "no outcome in time", may_have_happened=True)
        # A 502 that is no document of the registry's is a proxy's, which may have passed the request on.
        if kind in MAY_HAVE_HAPPENED or (not kind and response.is_server_error):
            return self._lost(detail or f"answered {response.status_code}", reached=True)
        return refusal_class(response.status_code)(
            response.status_code,
            kind,
            detail or str(problem.get("title", "")),
            fields=[WrongField(str(each.get("pointer")), str(each.get("detail"))) for each in _errors(problem)],
            retry_after_seconds=_retry_after(response),
        )

    def _lost(self, message: str, *, reached: bool) -> ConnectionLostError:
        self._may_have_happened |= reached
        return ConnectionLostError(self._id, message, may_have_happened=self._may_have_happened)


def _shown(error: Exception) -> str:
    return f"{type(error).__name__} {error}".rstrip()


def _problem(response: httpx2.Response) -> dict[str, Any]:
    with suppress(ValueError):
        found = response.json()
        if isinstance(found, dict):
            return found
    return {}


def _errors(problem: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = problem.get("errors")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _retry_after(response: httpx2.Response) -> float | None:
    """In seconds; the registry sends no dates."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _pause_seconds(error: ClientError, failures: int) -> float:
    """After so many in a row."""
    if not failures:
        return 0.0
    asked = error.retry_after_seconds if isinstance(error, RefusedError) else None
    grown: float = min(LONGEST_PAUSE_SECONDS, SHORTEST_PAUSE_SECONDS * 2 ** min(failures - 1, 20))
    return grown if asked is None else max(asked, SHORTEST_PAUSE_SECONDS)
