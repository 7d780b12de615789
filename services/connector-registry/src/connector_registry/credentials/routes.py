"""`/api/credentials`: credentials that connectors share."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from starlette.responses import JSONResponse

from connector_registry.credentials.port import CredentialInUse, CredentialMissing, Credentials, StaleCredential
from connector_registry.credentials.service import Kept, Vault
from connector_registry.credentials.shapes import (
    ACCEPTED,
    CHANGE_BODY,
    DELETED,
    DRAFT_BODY,
    CredentialPage,
    CredentialView,
    UserPage,
    line,
    user,
    view,
)
from connectors_shared.http.access import Access
from connectors_shared.http.body import json_body
from connectors_shared.http.conditions import IfMatch, etag, expected_revisions
from connectors_shared.http.cursor import Cursor, cut, parse_cursor
from connectors_shared.http.idempotency import Idempotency, promise
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import MalformedHeaderError, StoreUnavailableError, problem_responses

Limit = Annotated[int, Query(ge=1, le=200)]
After = Annotated[str | None, Query(max_length=500, description="next_cursor of the page before.")]
CHANGE_PROBLEMS: Final = problem_responses(CredentialMissing, StaleCredential, MalformedHeaderError)


def credentials_router(vault: Vault, credentials: Credentials, access: Access, idempotency: Idempotency) -> APIRouter:
    """The six routes."""
    router = APIRouter(
        prefix="/api/credentials",
        tags=["credentials"],
        responses=problem_responses(StoreUnavailableError),
        route_class=idempotency.route_class,
    )
    reader, editor = access.requires(Scope.CONNECTORS_READ), access.requires(Scope.CONNECTORS_EDIT)
    body = Depends(json_body)

    def told(response: Response, kept: Kept) -> CredentialView:
        response.headers["ETag"] = etag(kept.credential.revision)
        return view(kept.credential, credentials, published=kept.published)

    def saved(response: Response, kept: Kept) -> CredentialView:
        if not kept.published:
            response.status_code = 202
        return told(response, kept)

    def promised(kept: Kept) -> None:
        headers = {"Location": f"/api/credentials/{kept.credential.id}", "ETag": etag(kept.credential.revision)}
        promise(202, view(kept.credential, credentials, published=kept.published), headers)

    @router.post(
        "",
        status_code=201,
        response_model=CredentialView,
        responses=ACCEPTED,
        openapi_extra=DRAFT_BODY,
        name="Create a credential",
    )
    async def create(response: Response, who: Principal = editor, raw: Any = body) -> CredentialView:
        """A connector names it as `config.auth.credentialId`. The secret is written and never read; it is sent to no
        other origins than `allowed_origins`."""
        created = await vault.create(who, raw, promised)
        response.headers["Location"] = f"/api/credentials/{created.credential.id}"
        return saved(response, created)

    @router.get("", name="List credentials")
    async def page(who: Principal = reader, limit: Limit = 50, cursor: After = None) -> CredentialPage:
        """Those that connectors share, newest first. A connector's own credential is shown with the connector."""
        found = await vault.page(who, limit + 1, parse_cursor(cursor))
        shown, following = cut(found, limit, lambda credential: Cursor(credential.created_at, credential.id))
        uses = await vault.users_of_each(who, shown)
        lines = [line(one, credentials, uses.get(one.id, 0)) for one in shown]
        return CredentialPage(credentials=lines, next_cursor=following)

    @router.get(
        "/{credential_id}",
        response_model=CredentialView,
        responses=problem_responses(CredentialMissing),
        name="Read a credential",
    )
    async def read(credential_id: UUID, response: Response, who: Principal = reader) -> CredentialView:
        """Secrets are masked."""
        return told(response, await vault.find(who, credential_id))

    @router.get(
        "/{credential_id}/connectors",
        responses=problem_responses(CredentialMissing),
        name="List the connectors of a credential",
    )
    async def users(credential_id: UUID, who: Principal = reader, limit: Limit = 50, cursor: After = None) -> UserPage:
        """Those whose calls it authorizes, newest first."""
        found = await vault.users(who, credential_id, limit + 1, parse_cursor(cursor))
        shown, following = cut(found, limit, lambda one: Cursor(one.created_at, one.id))
        return UserPage(connectors=[user(one) for one in shown], next_cursor=following)

    @router.put(
        "/{credential_id}",
        response_model=CredentialView,
        responses=ACCEPTED | CHANGE_PROBLEMS,
        openapi_extra=CHANGE_BODY,
        name="Change a credential",
    )
    async def change(
        credential_id: UUID, response: Response, who: Principal = editor, if_match: IfMatch = None, raw: Any = body
    ) -> CredentialView:
        """Rename it, replace its secret, or say where it may go. A further origin needs the secret again, or the scope
        credentials:admin. Executions that run use the new secret at their next attempt; parked ones go on."""
        return saved(response, await vault.change(who, credential_id, raw, expected_revisions(if_match)))

    @router.delete(
        "/{credential_id}",
        status_code=204,
        response_class=Response,
        responses=DELETED | CHANGE_PROBLEMS | problem_responses(CredentialInUse),
        name="Delete a credential",
    )
    async def delete(credential_id: UUID, who: Principal = editor, if_match: IfMatch = None) -> Response:
        """Only when no connector uses it."""
        if await vault.delete(who, credential_id, expected_revisions(if_match)):
            return Response(status_code=204)
        return JSONResponse({"id": str(credential_id), "published": False}, status_code=202)

    return router
