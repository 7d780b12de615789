"""`POST /internal/trials`: call once by the definition that is sent, and tell all about it."""

from typing import Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from connector_executor.inbound.http.executions import PROBLEMS, reported
from connector_executor.inbound.trials import Trials
from connectors_shared.contract.trial import TrialOrder, TrialReport
from connectors_shared.http.body import body_of
from connectors_shared.http.openapi import request_body
from connectors_shared.http.problems import Responses, problem_responses

TRIAL_RESPONSES: Final[Responses] = {200: {"model": TrialReport}, **problem_responses(*PROBLEMS.values())}


def trials_router(trials: Trials) -> APIRouter:
    router = APIRouter(tags=["trials"])
    asked = Depends(body_of(TrialOrder))

    @router.post("/trials", responses=TRIAL_RESPONSES, openapi_extra=request_body(TrialOrder))
    async def run(request: Request, order: TrialOrder = asked) -> Response:
        """Through the pipeline, limits and guards of all executions, with `trigger` test; the result is not published.

        A call that failed is an answer too. Who hangs up cancels the call.
        """
        return await reported(request, trials.run(order))

    return router
