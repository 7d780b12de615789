"""Only a valid, current token for this audience that names a workspace signs anybody in."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from starlette.requests import Request

from connectors_shared.http.principal import Kind, Principal, Scope
from connectors_shared.http.problems import ProblemError
from connectors_shared.http.roles import SCOPES_OF, WorkspaceRole
from connectors_shared.http.tokens import SharedSecret, TokenRules, token_authenticator

KEY = "a-secret-only-for-tests-0123456789abcdef-long-enough-for-every-algorithm"
WORKSPACE = UUID("11111111-1111-4111-8111-111111111111")
AUTHENTICATE = token_authenticator(SharedSecret(KEY))


def request_with(authorization: str | None) -> Request:
    headers = [] if authorization is None else [(b"authorization", authorization.encode("latin-1"))]
    return Request({"type": "http", "headers": headers})


def claims(**changes: Any) -> dict[str, Any]:
    """Valid claims; a change to None takes the claim away."""
    expires = datetime.now(UTC) + timedelta(hours=1)
    usual = {"sub": "ann", "aud": "authenticated", "exp": expires, "workspace_id": str(WORKSPACE)}
    usual["scope"] = "connectors:read openid"
    return {name: value for name, value in (usual | changes).items() if value is not None}


def signed(key: str = KEY, algorithm: str = "HS256", **changes: Any) -> Request:
    return request_with("Bearer " + jwt.encode(claims(**changes), key, algorithm=algorithm))


async def refusal(request: Request) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        await AUTHENTICATE(request)
    return caught.value


def unsigned_token() -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims(exp=4102444800))
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return ".".join(encoded) + "."


async def test_a_valid_token_names_workspace_user_and_scopes() -> None:
    read = frozenset([Scope.CONNECTORS_READ])
    assert await AUTHENTICATE(signed()) == Principal(WORKSPACE, "ann", Kind.USER, read)


async def test_the_scheme_is_read_in_any_case() -> None:
    token = signed().headers["authorization"].removeprefix("Bearer ")
    assert (await AUTHENTICATE(request_with(f"bearer  {token} "))).user_id == "ann"


async def test_workspace_kind_and_scopes_are_also_read_from_the_metadata_which_wins() -> None:
    inside = {"workspace_id": str(WORKSPACE), "kind": "service", "scope": "contacts:edit contacts:read"}
    found = await AUTHENTICATE(signed(workspace_id=None, kind="user", scope="workspace:admin", app_metadata=inside))
    assert found.kind is Kind.SERVICE
    assert found.scopes == {Scope.CONTACTS_READ, Scope.CONTACTS_EDIT}


@pytest.mark.parametrize("scope", [None, "", "connectors", "CONNECTORS:READ", 7, ["connectors:read"], {"a": 1}])
async def test_a_token_without_scopes_may_do_nothing(scope: Any) -> None:
    assert (await AUTHENTICATE(signed(scope=scope))).scopes == frozenset()


async def test_the_role_that_an_issuer_has_for_itself_gives_nothing() -> None:
    assert (await AUTHENTICATE(signed(scope=None, role="admin"))).scopes == frozenset()


@pytest.mark.parametrize("role", list(WorkspaceRole))
async def test_a_role_gives_its_scopes_beside_those_that_are_named(role: WorkspaceRole) -> None:
    read = {Scope.CONNECTORS_READ}
    assert (await AUTHENTICATE(signed(connectors_role=role.value))).scopes == SCOPES_OF[role] | read
    inside = signed(scope=None, connectors_role="admin", app_metadata={"connectors_role": role.value})
    assert (await AUTHENTICATE(inside)).scopes == SCOPES_OF[role]


async def test_users_cannot_give_themselves_a_role() -> None:
    request = signed(scope=None, user_metadata={"connectors_role": "admin", "scope": "workspace:admin"})
    assert (await AUTHENTICATE(request)).scopes == frozenset()


async def test_which_claim_names_the_role_can_be_settled() -> None:
    authenticate = token_authenticator(SharedSecret(KEY), rules=TokenRules(role_claim="team_role"))
    found = await authenticate(signed(scope=None, team_role="viewer", connectors_role="admin"))
    assert found.scopes == SCOPES_OF[WorkspaceRole.VIEWER]


@pytest.mark.parametrize("role", ["owner", "ADMIN", "", ["admin"], 7])
async def test_an_unknown_role_is_refused(role: Any) -> None:
    assert "connectors_role" in (await refusal(signed(connectors_role=role))).problem.detail


async def test_the_issuer_may_be_asked_for() -> None:
    authenticate = token_authenticator(SharedSecret(KEY), rules=TokenRules(issuer="https://issuer.example"))
    assert (await authenticate(signed(iss="https://issuer.example"))).user_id == "ann"
    for other in ("https://issuer.example/", None):
        with pytest.raises(ProblemError):
            await authenticate(signed(iss=other))


async def test_clocks_may_differ_by_what_is_settled() -> None:
    moment = datetime.now(UTC)
    late, early = signed(exp=moment - timedelta(seconds=20)), signed(nbf=moment + timedelta(seconds=20))
    patient = token_authenticator(SharedSecret(KEY), rules=TokenRules(leeway_seconds=60))
    for request in (late, early):
        assert (await patient(request)).user_id == "ann"
        await refusal(request)


async def test_who_comes_with_an_api_key_is_told_where_it_is_accepted() -> None:
    error = await refusal(request_with("Bearer cnk_0123abcd_" + "0" * 64))
    assert (error.problem.status, "registry" in error.problem.detail) == (401, True)


def test_a_flow_changes_no_connector_whatever_its_token_says() -> None:
    everything = frozenset(Scope)
    flow, service = (Principal(WORKSPACE, "x", kind, everything) for kind in (Kind.FLOW, Kind.SERVICE))
    assert all(service.may(scope) for scope in Scope)
    assert not any(flow.may(scope) for scope in (Scope.CONNECTORS_EDIT, Scope.CREDENTIALS_ADMIN, Scope.WORKSPACE_ADMIN))
    assert flow.may(Scope.CONNECTORS_EXECUTE)


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic YTpi", "token abc", "Bearer a.b.c"])
async def test_a_missing_or_malformed_header_is_refused_with_a_challenge(authorization: str | None) -> None:
    error = await refusal(request_with(authorization))
    assert error.problem.status == 401
    assert error.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"exp": datetime(2020, 1, 1, tzinfo=UTC)}, "expired"),
        ({"exp": None}, "not valid"),
        ({"sub": None}, "not valid"),
        ({"aud": "somebody-else"}, "not valid"),
        ({"aud": None}, "not valid"),
        ({"nbf": datetime(2100, 1, 1, tzinfo=UTC)}, "not valid"),
        ({"workspace_id": None}, "no workspace"),
        ({"workspace_id": "all"}, "no workspace"),
        ({"workspace_id": None, "app_metadata": "text"}, "no workspace"),
        ({"kind": "root"}, "kind"),
        ({"kind": ["flow"]}, "kind"),
        ({"key": "another-secret-for-tests-0123456789abcdef"}, "not valid"),
        ({"algorithm": "HS384"}, "not valid"),
    ],
)
async def test_a_token_that_is_not_for_here_is_refused(changes: dict[str, Any], hint: str) -> None:
    problem = (await refusal(signed(**changes))).problem
    assert problem.status == 401
    assert hint in problem.detail


async def test_an_unsigned_token_is_refused() -> None:
    assert (await refusal(request_with(f"Bearer {unsigned_token()}"))).problem.status == 401


async def test_a_refusal_repeats_neither_token_nor_key() -> None:
    request = signed(key="another-secret-for-tests-0123456789abcdef")
    error = await refusal(request)
    said = str(error) + error.problem.model_dump_json() + str(error.headers)
    assert request.headers["authorization"].removeprefix("Bearer ") not in said
    assert KEY not in said
