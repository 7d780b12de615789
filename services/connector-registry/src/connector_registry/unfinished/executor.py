"""The executor's internal API, asked for a workspace."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

import httpx2
from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_snake

from connector_registry.unfinished.port import (
    CallOff,
    Letter,
    LetterPage,
    LettersGoneError,
    ParkedPage,
    Resumed,
    TooManyLooksError,
    UnfinishedAwayError,
    Wanted,
)
from connectors_shared.contract.dead import LetterKind
from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.model import Message
from connectors_shared.http.execution_problems import UnknownConnectorError
from connectors_shared.http.problems import PREFIX, FieldProblem, InvalidRequestError, Problem, ProblemError
from connectors_shared.runtime.logging import get_logger

PARKED: Final = "/internal/parked"
LETTERS: Final = "/internal/dead-letters"
RESUME: Final = "/internal/connectors/{}/resume"
SECONDS: Final = 30.0
"""A look into the topic of the dead letters may take so long."""
NOT_CONFIGURED: Final = (
    "Start the registry again after you set CONNECTORS_EXECUTOR_URL to the address of an executor and"
    " CONNECTORS_EXECUTOR_TOKEN to the secret that the executor has for the registry."
)
NO_SUCH_LETTER: Final = "/problems/no-such-dead-letter"
UNKNOWN: Final = PREFIX + UnknownConnectorError.kind
NOT_KNOWN_YET: Final = (
    "It is saved, but no executor knows it yet, so nothing holds it back there. Send it again in a few seconds."
)
LATER_SECONDS: Final = "2"
M = TypeVar("M", bound=BaseModel)

log = get_logger(__name__)


class Replayed(Message):
    replayed: int


class ExecutorUnfinished:
    """`client` knows the executor's address and token, and is closed by its owner; None where there is no executor."""

    def __init__(self, client: httpx2.AsyncClient | None) -> None:
        self._client = client

    async def parked(self, workspace_id: UUID, wanted: Wanted, cursor: str | None, limit: int) -> ParkedPage:
        which = {"connectorId": wanted.connector_id, "flowId": wanted.flow_id, "executionId": wanted.execution_id}
        return await self._got(PARKED, workspace_id, which | {"cursor": cursor, "limit": limit}, ParkedPage)

    async def call_off(self, workspace_id: UUID, execution_ids: Sequence[UUID]) -> CallOff:
        return await self._sent(
            f"{PARKED}/cancel", workspace_id, {"executionIds": list(map(str, execution_ids))}, CallOff
        )

    async def call_off_all(
        self, workspace_id: UUID, connector_id: UUID | None, flow_id: str | None, cursor: str | None
    ) -> CallOff:
        asked = {"connectorId": connector_id and str(connector_id), "flowId": flow_id, "cursor": cursor}
        return await self._sent(f"{PARKED}/cancel", workspace_id, asked, CallOff)

    async def resume(self, workspace_id: UUID, connector_id: UUID) -> Resumed:
        return await self._sent(RESUME.format(connector_id), workspace_id, {}, Resumed)

    async def letters(
        self,
        workspace_id: UUID,
        kind: LetterKind,
        connector_id: UUID | None,
        reason: DeadReason | None,
        cursor: str | None,
        limit: int,
    ) -> LetterPage:
        asked = {"kind": kind.value, "connectorId": connector_id, "reason": reason and reason.value}
        return await self._got(LETTERS, workspace_id, asked | {"cursor": cursor, "limit": limit}, LetterPage)

    async def find(self, workspace_id: UUID, kind: LetterKind, cursors: Sequence[str]) -> list[Letter]:
        asked = {"kind": kind.value, "cursors": list(cursors)}
        return (await self._sent(f"{LETTERS}/find", workspace_id, asked, LetterPage)).letters

    async def replay(self, workspace_id: UUID, kind: LetterKind, cursors: Sequence[str]) -> None:
        asked = {"kind": kind.value, "cursors": list(cursors)}
        await self._sent(f"{LETTERS}/replay", workspace_id, asked, Replayed)

    async def _got(self, path: str, workspace_id: UUID, asked: dict[str, Any], model: type[M]) -> M:
        params = {name: str(value) for name, value in asked.items() if value is not None}
        return await self._asked("GET", path, model, params=params | {"workspaceId": str(workspace_id)})

    async def _sent(self, path: str, workspace_id: UUID, asked: dict[str, Any], model: type[M]) -> M:
        return await self._asked("POST", path, model, json=asked | {"workspaceId": str(workspace_id)})

    async def _asked(self, method: str, path: str, model: type[M], **parts: Any) -> M:
        if self._client is None:
            raise UnfinishedAwayError(NOT_CONFIGURED)
        try:
            response = await self._client.request(method, path, timeout=SECONDS, **parts)
            if response.status_code == httpx2.codes.OK:
                return model.model_validate_json(response.content)
        except (httpx2.HTTPError, ValidationError) as error:
            log.warning("executor.not_answered", error=type(error).__name__)
            raise UnfinishedAwayError from None
        raise _refusal(response)


def _refusal(response: httpx2.Response) -> ProblemError:
    """What whoever asks can change is told; what is wrong between the two services is not theirs."""
    if response.status_code == httpx2.codes.TOO_MANY_REQUESTS:
        return TooManyLooksError(headers={"Retry-After": response.headers.get("Retry-After", LATER_SECONDS)})
    problem = _problem(response)
    if problem is not None and response.status_code == httpx2.codes.UNPROCESSABLE_CONTENT:
        return InvalidRequestError(_in_our_names(problem.errors))
    if problem is not None and problem.type == NO_SUCH_LETTER:
        return LettersGoneError(errors=[FieldProblem(pointer="/ids", detail=each.detail) for each in problem.errors])
    if problem is not None and problem.type == UNKNOWN:
        return UnknownConnectorError(NOT_KNOWN_YET)
    log.warning("executor.answer_unusable", status=response.status_code)
    return UnfinishedAwayError()


def _problem(response: httpx2.Response) -> Problem | None:
    try:
        return Problem.model_validate_json(response.content)
    except ValidationError:
        return None


def _in_our_names(errors: Sequence[FieldProblem]) -> list[FieldProblem]:
    return [each.model_copy(update={"pointer": to_snake(each.pointer)}) for each in errors]
