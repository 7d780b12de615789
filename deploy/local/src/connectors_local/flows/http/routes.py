"""`/api/flows` and `/api/runs`."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Final
from uuid import UUID, uuid4, uuid5

from fastapi import APIRouter, Depends, Header, Query, Response

from connectors_local.flows.calls import problems_of_calls
from connectors_local.flows.connectors import Connectors
from connectors_local.flows.definition.drafts import MOST_PROBLEMS, parse_draft
from connectors_local.flows.definition.steps import FlowDraft
from connectors_local.flows.http.problems import (
    FlowChangedError,
    FlowDeletedError,
    FlowDisabledError,
    FlowMissingError,
    RunEndedError,
    RunIdTakenError,
    RunMissingError,
)
from connectors_local.flows.http.shapes import (
    FlowPage,
    FlowView,
    FullRun,
    RunPage,
    RunView,
    Started,
    StartRuns,
    flow_line,
    flow_view,
    full_run,
    run_view,
)
from connectors_local.flows.model import FIRST_REVISION, Flow, RunState
from connectors_local.flows.store.port import FlowStore, RunFilter, TakenRunIdError
from connectors_shared.http.access import Access
from connectors_shared.http.body import body_of, json_body
from connectors_shared.http.conditions import IfMatch, etag, expected_revisions
from connectors_shared.http.cursor import Cursor, cut, parse_cursor
from connectors_shared.http.idempotency import KeyReusedError
from connectors_shared.http.openapi import request_body
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import (
    InvalidRequestError,
    MalformedHeaderError,
    StoreUnavailableError,
    problem_responses,
)
from connectors_shared.runtime.clock import Clock

CHANGES: Final = problem_responses(FlowMissingError, FlowChangedError, MalformedHeaderError)
FLOW_BODY: Final = request_body(FlowDraft)
Limit = Annotated[int, Query(ge=1, le=200)]
Key = Annotated[str | None, Header(max_length=255, pattern=r"^[!-~]+$")]
CursorText = Annotated[str | None, Query(max_length=500, description="next_cursor of the page before.")]


def flows_router(
    store: FlowStore, access: Access, clock: Clock, wake: Callable[[], None], connectors: Connectors | None = None
) -> APIRouter:
    """Flows are read and edited by who may read and edit connectors. Without `connectors` inputs of calls are judged by
    the executor alone."""
    router = APIRouter(prefix="/api/flows", tags=["flows"], responses=problem_responses(StoreUnavailableError))
    reader, editor = access.requires(Scope.CONNECTORS_READ), access.requires(Scope.CONNECTORS_EDIT)
    starter = access.requires(Scope.CONNECTORS_EXECUTE)
    body, runs_body = Depends(json_body), Depends(body_of(StartRuns))

    async def found(who: Principal, flow_id: UUID) -> Flow:
        flow = await store.find(who.workspace_id, flow_id)
        if flow is None:
            raise FlowMissingError
        return flow

    async def judged(who: Principal, draft: FlowDraft, stored: Flow | None = None) -> FlowDraft:
        before = FlowDraft.model_validate_json(stored.definition) if stored else None
        if connectors is not None and (
            problems := await problems_of_calls(who.workspace_id, draft, connectors, before)
        ):
            raise InvalidRequestError(problems[:MOST_PROBLEMS])
        return draft

    async def made_once(who: Principal, flow: Flow, draft: FlowDraft) -> Flow:
        """Or the flow that the same request has made already, as it is now."""
        first = await store.first_definition(who.workspace_id, flow.id)
        if first is None:
            await judged(who, draft)
            if await store.add(flow):
                return flow
            first = await store.first_definition(who.workspace_id, flow.id)
        if first != flow.definition:
            raise KeyReusedError
        stored = await store.find(who.workspace_id, flow.id)
        if stored is None:
            raise FlowDeletedError
        return stored

    @router.post(
        "",
        status_code=201,
        response_model=FlowView,
        responses=problem_responses(FlowDeletedError, KeyReusedError),
        openapi_extra=FLOW_BODY,
        name="Create a flow",
    )
    async def create(
        response: Response, who: Principal = editor, raw: Any = body, idempotency_key: Key = None
    ) -> FlowView:
        """Sent again with its Idempotency-Key, it is the same flow; a key is for one request only."""
        draft = parse_draft(raw)
        wanted = replace(_drafted(who, draft, clock), id=_made_by(who, idempotency_key))
        flow = await made_once(who, wanted, draft)
        response.headers["Location"] = f"/api/flows/{flow.id}"
        return _shown(response, flow)

    @router.get("", name="List flows")
    async def page(who: Principal = reader, limit: Limit = 50, cursor: CursorText = None) -> FlowPage:
        """Newest first, each with how it is used."""
        flows = await store.page(who.workspace_id, limit + 1, parse_cursor(cursor))
        shown, next_cursor = cut(flows, limit, lambda flow: Cursor(flow.created_at, flow.id))
        usage = await store.usage(who.workspace_id, [flow.id for flow in shown])
        return FlowPage(flows=[flow_line(flow, usage[flow.id]) for flow in shown], next_cursor=next_cursor)

    @router.post("/check", status_code=204, response_class=Response, openapi_extra=FLOW_BODY, name="Check a flow")
    async def check(who: Principal = reader, raw: Any = body) -> Response:
        """Nothing is saved: answers as saving it would, with all that is wrong."""
        await judged(who, parse_draft(raw))
        return Response(status_code=204)

    @router.get(
        "/{flow_id}",
        response_model=FlowView,
        responses=problem_responses(FlowMissingError),
        name="Read a flow",
    )
    async def read(flow_id: UUID, response: Response, who: Principal = reader) -> FlowView:
        return _shown(response, await found(who, flow_id))

    @router.put("/{flow_id}", response_model=FlowView, responses=CHANGES, openapi_extra=FLOW_BODY, name="Change a flow")
    async def change(
        flow_id: UUID, response: Response, who: Principal = editor, if_match: IfMatch = None, raw: Any = body
    ) -> FlowView:
        """As a whole. Runs that have begun go on by the flow that they began with."""
        stored = await found(who, flow_id)
        _require(stored, if_match)
        flow = _drafted(who, await judged(who, parse_draft(raw), stored), clock, stored)
        if not await store.replace(flow):
            raise FlowChangedError(stored.revision)
        return _shown(response, flow)

    @router.delete("/{flow_id}", status_code=204, response_class=Response, responses=CHANGES, name="Delete a flow")
    async def delete(flow_id: UUID, who: Principal = editor, if_match: IfMatch = None) -> Response:
        """Runs that have begun go on."""
        _require(await found(who, flow_id), if_match)
        await store.remove(who.workspace_id, flow_id, clock.now())
        return Response(status_code=204)

    @router.post(
        "/{flow_id}/restore",
        response_model=FlowView,
        responses=problem_responses(FlowMissingError),
        name="Restore a flow",
    )
    async def restore(flow_id: UUID, response: Response, who: Principal = editor) -> FlowView:
        """One that was deleted is there again, as it was. A repeat changes nothing."""
        await store.restore(who.workspace_id, flow_id)
        return _shown(response, await found(who, flow_id))

    @router.post(
        "/{flow_id}/runs",
        status_code=202,
        response_model=Started,
        responses=problem_responses(FlowMissingError, FlowDisabledError, RunIdTakenError),
        openapi_extra=request_body(StartRuns),
        name="Start runs",
    )
    async def start(flow_id: UUID, who: Principal = starter, wanted: StartRuns = runs_body) -> Started:
        """For one contact or many; up to 1000 at once. Safe to repeat with the same ids."""
        flow = await found(who, flow_id)
        if not flow.enabled:
            raise FlowDisabledError
        try:
            await store.start(flow, [run.new() for run in wanted.runs], who.user_id, clock.now())
        except TakenRunIdError:
            raise RunIdTakenError from None
        wake()
        return Started(runs=[run.id for run in wanted.runs])

    return router


def runs_router(store: FlowStore, access: Access, clock: Clock) -> APIRouter:
    """Runs are read by who may read executions."""
    router = APIRouter(prefix="/api/runs", tags=["runs"], responses=problem_responses(StoreUnavailableError))
    reader, starter = access.requires(Scope.EXECUTIONS_READ), access.requires(Scope.CONNECTORS_EXECUTE)

    @router.get("", name="List runs")
    async def page(
        who: Principal = reader,
        flow_id: UUID | None = None,
        contact_id: Annotated[str | None, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$")] = None,
        state: RunState | None = None,
        limit: Limit = 50,
        cursor: CursorText = None,
    ) -> RunPage:
        """Newest first."""
        wanted = RunFilter(limit + 1, parse_cursor(cursor), flow_id, contact_id, state)
        runs = await store.runs(who.workspace_id, wanted)
        shown, next_cursor = cut(runs, limit, lambda run: Cursor(run.started_at, run.id))
        return RunPage(runs=[run_view(run) for run in shown], next_cursor=next_cursor)

    @router.get("/{run_id}", responses=problem_responses(RunMissingError), name="Read a run")
    async def read(run_id: UUID, who: Principal = reader) -> FullRun:
        """With its steps: when each began and ended, what it answered, and which execution it was."""
        found = await store.run(who.workspace_id, run_id)
        if found is None:
            raise RunMissingError
        return full_run(*found)

    @router.post("/{run_id}/cancel", responses=problem_responses(RunMissingError, RunEndedError), name="Cancel a run")
    async def cancel(run_id: UUID, who: Principal = starter) -> RunView:
        """No further step begins. A call that was asked for already may still be made."""
        cancelled = await store.cancel(who.workspace_id, run_id, clock.now())
        found = await store.run(who.workspace_id, run_id)
        if found is None:
            raise RunMissingError
        if not cancelled:
            raise RunEndedError
        return run_view(found[0])

    return router


def _made_by(who: Principal, key: str | None) -> UUID:
    """The same key of the same caller makes the same flow."""
    return uuid4() if key is None else uuid5(who.workspace_id, f"flow:{who.user_id}:{key}")


def _drafted(who: Principal, draft: FlowDraft, clock: Clock, stored: Flow | None = None) -> Flow:
    now = clock.now()
    return Flow(
        id=stored.id if stored else uuid4(),
        workspace_id=who.workspace_id,
        revision=stored.revision + 1 if stored else FIRST_REVISION,
        definition=draft.model_dump_json(by_alias=True, exclude_defaults=True).encode(),
        name=draft.name,
        enabled=draft.enabled,
        created_at=stored.created_at if stored else now,
        created_by=stored.created_by if stored else who.user_id,
        updated_at=now,
        updated_by=who.user_id,
    )


def _shown(response: Response, flow: Flow) -> FlowView:
    response.headers["ETag"] = etag(flow.revision)
    return flow_view(flow)


def _require(flow: Flow, if_match: str | None) -> None:
    expected = expected_revisions(if_match)
    if expected is not None and flow.revision not in expected:
        raise FlowChangedError(flow.revision)
