"""Only a valid, current token for this audience that names a workspace signs anybody in."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from starlette.requests import Request

from connectors_shared.http.problems import ProblemError
from connectors_shared.runtime.auth import Principal, Role, authenticator, require

KEY = "a-secret-only-for-tests-0123456789abcdef-long-enough-for-every-algorithm"
WORKSPACE = UUID("11111111-1111-4111-8111-111111111111")
AUTHENTICATE = authenticator(KEY)


def request_with(authorization: str | None) -> Request:
    headers = [] if authorization is None else [(b"authorization", authorization.encode("latin-1"))]
    return Request({"type": "http", "headers": headers})


def claims(**changes: Any) -> dict[str, Any]:
    """Valid claims; a change to None takes the claim away."""
    expires = datetime.now(UTC) + timedelta(hours=1)
    usual = {"sub": "ann", "aud": "authenticated", "exp": expires, "workspace_id": str(WORKSPACE), "role": "editor"}
    return {name: value for name, value in (usual | changes).items() if value is not None}


def signed(key: str = KEY, algorithm: str = "HS256", **changes: Any) -> Request:
    return request_with("Bearer " + jwt.encode(claims(**changes), key, algorithm=algorithm))


def refusal(request: Request, dependency: Callable[[Request], Principal] = AUTHENTICATE) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        dependency(request)
    return caught.value


def unsigned_token() -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims(exp=4102444800))
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return ".".join(encoded) + "."


def test_a_valid_token_names_workspace_user_and_role() -> None:
    assert AUTHENTICATE(signed()) == Principal(WORKSPACE, "ann", Role.EDITOR)


def test_the_scheme_is_read_in_any_case() -> None:
    token = signed().headers["authorization"].removeprefix("Bearer ")
    assert AUTHENTICATE(request_with(f"bearer  {token} ")).user_id == "ann"


def test_workspace_and_role_are_also_read_from_the_metadata() -> None:
    inside = {"workspace_id": str(WORKSPACE), "role": "admin"}
    assert AUTHENTICATE(signed(workspace_id=None, role="authenticated", app_metadata=inside)).role is Role.ADMIN


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic YTpi", "token abc", "Bearer a.b.c"])
def test_a_missing_or_malformed_header_is_refused_with_a_challenge(authorization: str | None) -> None:
    error = refusal(request_with(authorization))
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
        ({"key": "another-secret-for-tests-0123456789abcdef"}, "not valid"),
        ({"algorithm": "HS384"}, "not valid"),
    ],
)
def test_a_token_that_is_not_for_here_is_refused(changes: dict[str, Any], hint: str) -> None:
    problem = refusal(signed(**changes)).problem
    assert problem.status == 401
    assert hint in problem.detail


def test_an_unsigned_token_is_refused() -> None:
    assert refusal(request_with(f"Bearer {unsigned_token()}")).problem.status == 401


def test_a_refusal_repeats_neither_token_nor_key() -> None:
    request = signed(key="another-secret-for-tests-0123456789abcdef")
    error = refusal(request)
    said = str(error) + error.problem.model_dump_json() + str(error.headers)
    assert request.headers["authorization"].removeprefix("Bearer ") not in said
    assert KEY not in said


@pytest.mark.parametrize("role", [None, "owner", "ADMIN", "", "authenticated"])
def test_an_absent_or_unknown_role_may_only_look(role: str | None) -> None:
    assert AUTHENTICATE(signed(role=role)).role is Role.VIEWER


@pytest.mark.parametrize("needed", Role)
@pytest.mark.parametrize("held", Role)
def test_a_role_may_do_what_the_roles_below_it_may(held: Role, needed: Role) -> None:
    ranking = [Role.VIEWER, Role.EDITOR, Role.ADMIN]
    dependency = require(needed, AUTHENTICATE)
    if ranking.index(held) >= ranking.index(needed):
        assert dependency(signed(role=held.value)).role is held
    else:
        assert refusal(signed(role=held.value), dependency).problem.status == 403


def test_a_role_is_asked_for_only_after_signing_in() -> None:
    assert refusal(request_with(None), require(Role.VIEWER, AUTHENTICATE)).problem.status == 401
