"""Orders as calls of the executor's internal API: executions, trials, transforms."""

from typing import Final, TypeVar
from uuid import UUID

import httpx2
from pydantic import BaseModel, SecretStr, ValidationError

from connector_registry.executions.port import Answer, Fault, Refused
from connector_registry.executions.shapes import Order
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.model import Message
from connectors_shared.contract.status import ConnectorStatus
from connectors_shared.contract.trial import RequestReport, TransformOrder, TransformReport, TrialOrder, TrialReport
from connectors_shared.http.body_limit import MAX_REQUEST_BYTES
from connectors_shared.http.problems import Problem
from connectors_shared.runtime.logging import get_logger

EXECUTIONS: Final = "/internal/executions"
TRIALS: Final = "/internal/trials"
REQUESTS: Final = "/internal/requests"
TRANSFORMS: Final = "/internal/transforms"
BACKLOGS: Final = "/internal/backlogs"
BACKLOGS_TIMEOUT: Final = httpx2.Timeout(10.0)
BACKLOGS_AT_ONCE: Final = 1000
MOST_BACKLOG_PAGES: Final = 100
STATUS: Final = "/internal/connectors/{}/status"
STATUS_TIMEOUT: Final = httpx2.Timeout(3.0)
"""More than whoever asks waits for all of them."""
TRANSFORM_SECONDS: Final = 20.0
"""It may wait for its turn; it is evaluated for a second at most."""
SHOWN_SECONDS: Final = 5.0
"""Nothing is called for it."""
CONNECT_SECONDS: Final = 5.0
WRITE_SECONDS: Final = 10.0
GRACE_SECONDS: Final = 10.0
"""The executor may first look for up to 5 s whether the connector is published."""
LIMITS: Final = httpx2.Limits(max_keepalive_connections=100, keepalive_expiry=2.0)
"""Idle connections end before the executor closes them after 5 s: an order sent in that moment would be lost."""
PASSED_ON: Final = frozenset({404, 409, 422, 429, 503, 504})
NOT_SENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)

M = TypeVar("M", bound=BaseModel)

log = get_logger(__name__)


def open_client(url: str, token: SecretStr) -> httpx2.AsyncClient:
    """One for the whole process; no proxy of the environment comes in between. Raises httpx2.InvalidURL."""
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
    return httpx2.AsyncClient(base_url=url, headers=headers, limits=LIMITS, trust_env=False)


class _Backlog(Message):
    connector_id: UUID
    parked: int


class _Backlogs(Message):
    """By connector id."""

    backlogs: list[_Backlog]
    next: UUID | None = None


class ExecutorClient:
    """Work done by an executor over HTTP. `client` knows its address and token, and is closed by its owner.

    Cancelling a trial closes its connection, which tells the executor that nobody waits.
    """

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def execute(self, order: Order) -> Answer:
        return await self._asked(EXECUTIONS, order.to_json(), order.wait_seconds, ConnectorResult)

    async def run(self, order: TrialOrder) -> TrialReport | Refused | Fault:
        return await self._asked(TRIALS, order.to_json(), order.wait_seconds, TrialReport)

    async def show(self, order: TrialOrder) -> RequestReport | Refused | Fault:
        return await self._asked(REQUESTS, order.to_json(), SHOWN_SECONDS, RequestReport)

    async def evaluate(self, order: TransformOrder) -> TransformReport | Refused | Fault:
        return await self._asked(TRANSFORMS, order.to_json(), TRANSFORM_SECONDS, TransformReport)

    async def status(self, workspace_id: UUID, connector_id: UUID) -> ConnectorStatus | None:
        """Why the connector runs or not, as it is seen from the workspace; None when no executor says."""
        params = {"workspaceId": str(workspace_id)}
        return await self._got(STATUS.format(connector_id), params, STATUS_TIMEOUT, ConnectorStatus)

    async def parked(self) -> dict[UUID, int] | None:
        """How many executions wait, by connector, of all workspaces; None when no executor says, or too many do."""
        found: dict[UUID, int] = {}
        after: UUID | None = None
        for _ in range(MOST_BACKLOG_PAGES):
            params = {"limit": str(BACKLOGS_AT_ONCE)} | ({"after": str(after)} if after else {})
            page = await self._got(BACKLOGS, params, BACKLOGS_TIMEOUT, _Backlogs)
            if page is None:
                return None
            found |= {each.connector_id: each.parked for each in page.backlogs}
            after = page.next
            if after is None:
                return found
        log.warning("executor.backlogs_uncounted", connectors=len(found))
        return None

    async def _got(self, path: str, params: dict[str, str], timeout: httpx2.Timeout, model: type[M]) -> M | None:
        try:
            response = await self._client.get(path, params=params, timeout=timeout)
        except httpx2.HTTPError as error:
            log.warning("executor.not_answered", fault=_fault(error).value, error=type(error).__name__)
            return None
        found = _answer(response, model)
        return found if isinstance(found, model) else None

    async def _asked(self, path: str, content: bytes, wait_seconds: float, model: type[M]) -> M | Refused | Fault:
        if len(content) > MAX_REQUEST_BYTES:
            return Fault.TOO_LARGE
        try:
            response = await self._client.post(
                path,
                content=content,
                headers={"Content-Type": "application/json"},
                timeout=_timeout(wait_seconds),
            )
        except httpx2.HTTPError as error:
            fault = _fault(error)
            log.warning("executor.not_answered", fault=fault.value, error=type(error).__name__)
            return fault
        answer = _answer(response, model)
        if isinstance(answer, Fault):
            log.warning("executor.answer_unusable", fault=answer.value, status=response.status_code)
        return answer


def _timeout(wait_seconds: float) -> httpx2.Timeout:
    return httpx2.Timeout(
        connect=CONNECT_SECONDS, write=WRITE_SECONDS, read=wait_seconds + GRACE_SECONDS, pool=CONNECT_SECONDS
    )


def _fault(error: httpx2.HTTPError) -> Fault:
    if isinstance(error, NOT_SENT):
        return Fault.UNREACHABLE
    return Fault.LATE if isinstance(error, httpx2.ReadTimeout) else Fault.LOST


def _answer(response: httpx2.Response, model: type[M]) -> M | Refused | Fault:
    try:
        if response.status_code == httpx2.codes.OK:
            return model.model_validate_json(response.content)
        if response.status_code == httpx2.codes.UNAUTHORIZED:
            return Fault.TOKEN_REFUSED
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        return Fault.UNUSABLE
    meant_for_callers = response.status_code in PASSED_ON and problem.type.startswith("/problems/")
    return Refused(problem, response.headers.get("Retry-After")) if meant_for_callers else Fault.UNUSABLE
