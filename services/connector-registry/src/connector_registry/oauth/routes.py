"""A person connects a credential: where to send them, and where they come back."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse

from connector_registry.credentials.port import CredentialMissing
from connector_registry.oauth.page import page
from connector_registry.oauth.signing_in import (
    CALLBACK,
    GOOD_FOR,
    NotByPeopleError,
    Returned,
    SignIns,
    SignInsOffError,
    cookie_of,
)
from connectors_shared.http.access import Access
from connectors_shared.http.parameters import takes_any_parameter
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import Responses, StoreUnavailableError, problem_responses

NOT_CONNECTED: Final[Responses] = {400: {"description": "A page that says why it is not connected."}}
Text = Annotated[str | None, Query(max_length=8000)]
ReturnTo = Annotated[
    str | None,
    Query(
        max_length=1000,
        pattern=r"^/([!-.0-\[\]-~][!-\[\]-~]*)?$",
        description="A path of the registry's own origin: where the browser goes on in the same window.",
    ),
]


class SignInView(BaseModel):
    """`url`: of the provider, to be opened in a window of its own until `expires_at`, once, by the one that asked."""

    url: str = Field(repr=False)
    expires_at: str


def oauth_router(sign_ins: SignIns | None, access: Access) -> APIRouter:
    """`sign_ins` None: nobody knows where browsers reach the registry."""
    router = APIRouter(tags=["credentials"], responses=problem_responses(StoreUnavailableError))
    editor = access.requires(Scope.CONNECTORS_EDIT)

    @router.post(
        "/api/credentials/{credential_id}/authorize",
        responses=problem_responses(CredentialMissing, NotByPeopleError, SignInsOffError, StoreUnavailableError),
        name="Connect a credential",
    )
    async def authorize(
        credential_id: UUID,
        response: Response,
        who: Principal = editor,
        origin: Annotated[str | None, Header(max_length=300)] = None,
        return_to: ReturnTo = None,
    ) -> SignInView:
        """For `oauth2` with the grant type `authorization_code`: where a person signs in and grants it. When they come
        back, the page that opened the window is told by `postMessage` (`type: connectors.oauth`, `credentialId`,
        `connected`, `message`), if its origin is that of the registry or one that may call it from a browser. Without
        such a window a page of the registry goes on at `return_to`, and finds the same in the session storage. The
        cookie of this answer has to come back with them: a page of another origin asks with `credentials: "include"`,
        and who asks without a browser cannot pass the address on, but sends people to such a page."""
        if sign_ins is None:
            raise SignInsOffError
        begun = await sign_ins.begin(who, credential_id, origin, return_to)
        response.set_cookie(
            begun.cookie,
            begun.binder,
            max_age=int(GOOD_FOR.total_seconds()),
            path=CALLBACK,
            secure=sign_ins.is_secure,
            httponly=True,
            samesite="none" if sign_ins.is_secure and not sign_ins.is_own(origin) else "lax",
        )
        return SignInView(url=begun.url, expires_at=begun.expires_at.isoformat())

    @router.get(
        CALLBACK,
        response_class=HTMLResponse,
        responses=NOT_CONNECTED | problem_responses(SignInsOffError, StoreUnavailableError),
        name="Come back from a provider",
    )
    @takes_any_parameter
    async def callback(
        request: Request,
        state: Annotated[str, Query(max_length=200)] = "",
        code: Text = None,
        error: Text = None,
    ) -> HTMLResponse:
        """Where providers send people back to; the state and the cookie that came with it prove who they are.
        To be registered with the provider as the redirect URI."""
        if sign_ins is None:
            raise SignInsOffError
        return page(await sign_ins.end(Returned(state, code, error, request.cookies.get(cookie_of(state)))))

    return router
