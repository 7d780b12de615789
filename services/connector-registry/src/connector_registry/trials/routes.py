"""`POST /api/connectors/{id}/test` and `POST /api/connectors/test`: call once, and see all of it."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from connector_registry.connectors.port import ConnectorMissing
from connector_registry.trials.answers import answered
from connector_registry.trials.problems import NO_PREVIEW, NO_REPORT
from connector_registry.trials.service import TrialDesk
from connector_registry.trials.shapes import (
    CHECK_BODY,
    DRAFT_TRIAL_BODY,
    SHOWN_BODY,
    TRIAL_BODY,
    CheckDraft,
    DraftTrialDraft,
    ShownDraft,
    TrialDraft,
    Tried,
)
from connectors_shared.contract.trial import RequestReport
from connectors_shared.http.access import Access
from connectors_shared.http.body import body_of
from connectors_shared.http.disconnects import unless_gone
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import Responses, StoreUnavailableError, problem_responses

SHOWN: Final[Responses] = {200: {"model": RequestReport}, **problem_responses(ConnectorMissing, *NO_PREVIEW)}
TRIED: Final[Responses] = {200: {"model": Tried}, **problem_responses(ConnectorMissing, *NO_REPORT)}


def trials_router(desk: TrialDesk, access: Access) -> APIRouter:
    """A test calls and shows the definition, so it needs both scopes; of a draft it needs that for editing instead."""
    router = APIRouter(prefix="/api/connectors", tags=["tests"])
    executor, editor = access.requires(Scope.CONNECTORS_EXECUTE), access.requires(Scope.CONNECTORS_EDIT)
    reader = access.requires(Scope.CONNECTORS_READ)
    body, draft_body = Depends(body_of(TrialDraft)), Depends(body_of(DraftTrialDraft))
    check_body, shown_body = Depends(body_of(CheckDraft)), Depends(body_of(ShownDraft))

    @router.post(
        "/check",
        status_code=204,
        response_class=Response,
        responses=problem_responses(ConnectorMissing, StoreUnavailableError),
        openapi_extra=CHECK_BODY,
        name="Check a connector that is not saved",
    )
    async def checked(who: Principal = editor, draft: CheckDraft = check_body) -> Response:
        """It is judged as if it were saved, and nothing of it is: 422 names all that would be refused."""
        await desk.check(who, draft)
        return Response(status_code=204)

    @router.post("/request-preview", responses=SHOWN, openapi_extra=SHOWN_BODY, name="Show the request of a connector")
    async def shown(request: Request, who: Principal = editor, draft: ShownDraft = shown_body) -> Response:
        """The request that these values make, masked, with where each part comes from, and as a cURL command. Nothing
        is called, and no secret opened. Values that the request uses and that are not given stand in it as their
        placeholders, and in `missing`. A connector that could not be saved is 422."""
        return answered(await unless_gone(request.receive, desk.shown(who, draft)))

    @router.post("/test", responses=TRIED, openapi_extra=DRAFT_TRIAL_BODY, name="Test a connector that is not saved")
    async def drafted(
        request: Request, who: Principal = executor, _edits: Principal = editor, draft: DraftTrialDraft = draft_body
    ) -> Response:
        """As the test of a saved one. It is judged as if it were saved, and nothing of it is: its secrets travel
        sealed, and are forgotten. A shared credential is used where its origins allow that."""
        return answered(await unless_gone(request.receive, desk.drafted(who, draft)))

    @router.post("/{connector_id}/test", responses=TRIED, openapi_extra=TRIAL_BODY, name="Test a connector")
    async def saved(
        request: Request,
        connector_id: UUID,
        who: Principal = executor,
        _reads: Principal = reader,
        draft: TrialDraft = body,
    ) -> Response:
        """Calls it once, within its limits, also while it is disabled. The answer has the request as it was sent, with
        secrets masked and where each part comes from, and the same as a cURL command; each attempt with its timings;
        the answer as it came; the output with a schema of it; and what to look at. A call that failed is an answer
        too: 200 with `success` false. No result is published, and no contact changed. Hanging up cancels the call."""
        return answered(await unless_gone(request.receive, desk.saved(who, connector_id, draft)))

    return router
