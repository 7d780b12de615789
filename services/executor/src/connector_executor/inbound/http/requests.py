"""`POST /internal/requests`: the request that a definition makes of some values, not sent."""

from typing import Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from connector_executor.inbound.http.executions import reported
from connector_executor.inbound.requests import Requests
from connectors_shared.contract.trial import RequestReport, TrialOrder
from connectors_shared.http.body import body_of
from connectors_shared.http.execution_problems import StoppingError, TooManyCallersError
from connectors_shared.http.openapi import request_body
from connectors_shared.http.problems import Responses, problem_responses

REQUEST_RESPONSES: Final[Responses] = {
    200: {"model": RequestReport},
    **problem_responses(StoppingError, TooManyCallersError),
}


def requests_router(requests: Requests) -> APIRouter:
    router = APIRouter(tags=["trials"])
    asked = Depends(body_of(TrialOrder))

    @router.post("/requests", responses=REQUEST_RESPONSES, openapi_extra=request_body(TrialOrder))
    async def show(request: Request, order: TrialOrder = asked) -> Response:
        """Nothing is called and no secret opened. Values that make no request are an answer too, and say why."""
        return await reported(request, requests.show(order))

    return router
