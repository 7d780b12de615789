"""`POST /internal/transforms`: evaluate a transform of a sample."""

from typing import Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from connector_executor.inbound.http.executions import reported
from connector_executor.inbound.previews import Previews
from connectors_shared.contract.trial import TransformOrder, TransformReport
from connectors_shared.http.body import body_of
from connectors_shared.http.execution_problems import StoppingError, TooManyCallersError
from connectors_shared.http.openapi import request_body
from connectors_shared.http.problems import Responses, problem_responses

PREVIEW_RESPONSES: Final[Responses] = {
    200: {"model": TransformReport},
    **problem_responses(StoppingError, TooManyCallersError),
}


def previews_router(previews: Previews) -> APIRouter:
    router = APIRouter(tags=["transforms"])
    asked = Depends(body_of(TransformOrder))

    @router.post("/transforms", responses=PREVIEW_RESPONSES, openapi_extra=request_body(TransformOrder))
    async def preview(request: Request, order: TransformOrder = asked) -> Response:
        """At a bounded cost, in turns with all other transforms of the workspace. One that failed is an answer too."""
        return await reported(request, previews.run(order))

    return router
