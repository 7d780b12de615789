"""`POST /api/transform/preview` and `POST /api/schema/infer`."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from connector_registry.connectors.port import ConnectorMissing
from connector_registry.trials.answers import answered
from connector_registry.trials.building import Workbench
from connector_registry.trials.building_shapes import (
    INFERENCE_BODY,
    PREVIEW_BODY,
    Inference,
    InferenceDraft,
    PreviewAnswer,
    PreviewDraft,
)
from connector_registry.trials.problems import NO_PREVIEW
from connectors_shared.http.access import Access
from connectors_shared.http.body import body_of
from connectors_shared.http.disconnects import unless_gone
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import StoreUnavailableError, problem_responses


def building_router(bench: Workbench, access: Access) -> APIRouter:
    """Whoever designs an output edits a connector."""
    router = APIRouter(prefix="/api", tags=["tests"], responses=problem_responses(StoreUnavailableError))
    editor = access.requires(Scope.CONNECTORS_EDIT)
    preview_body, inference_body = Depends(body_of(PreviewDraft)), Depends(body_of(InferenceDraft))

    @router.post(
        "/transform/preview",
        responses={200: {"model": PreviewAnswer}, **problem_responses(ConnectorMissing, *NO_PREVIEW)},
        openapi_extra=PREVIEW_BODY,
        name="Preview a transform",
    )
    async def preview(request: Request, who: Principal = editor, draft: PreviewDraft = preview_body) -> Response:
        """Output, or an error with its position, by the evaluation that answers get, at the same bounded cost. A
        transform that fails is an answer too."""
        return answered(await unless_gone(request.receive, bench.preview(who, draft)))

    @router.post(
        "/schema/infer",
        responses={200: {"model": Inference}, **problem_responses(ConnectorMissing)},
        openapi_extra=INFERENCE_BODY,
        name="Infer a schema",
    )
    async def infer(who: Principal = editor, draft: InferenceDraft = inference_body) -> Response:
        """A JSON Schema of all samples together, and what it changes for those who read the output."""
        return answered(await bench.infer(who, draft))

    return router
