"""Who asks is passed on between two services that share a secret, for a minute, and taken for nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from pydantic import SecretStr
from starlette.requests import Request

from connectors_shared.http.passing_on import FIELD_MAPPER, REGISTRY, TYPE, PassingOn, or_passed_on
from connectors_shared.http.principal import Kind, Principal, Scope
from connectors_shared.http.problems import ProblemError
from connectors_shared.http.tokens import SharedSecret, token_authenticator

SECRET, NEXT = "secret-of-the-pair-0123456789abcdef", "the-next-of-the-pair-0123456789abcdef"
USERS = "secret-of-the-issuer-0123456789abcdef"
WHO = Principal(UUID(int=1), "api-key/x", Kind.FLOW, frozenset(Scope), key_id=UUID(int=2))
OWN = token_authenticator(SharedSecret(USERS))
AUTHENTICATE = or_passed_on(FIELD_MAPPER, {REGISTRY: (SecretStr(NEXT), SecretStr(SECRET))}, OWN)


def request_with(authorization: str) -> Request:
    return Request({"type": "http", "headers": [(b"authorization", authorization.encode())]})


def passed_on(key: str = SECRET, typ: str = TYPE, **changes: Any) -> Request:
    now = datetime.now(UTC)
    claims = {"iss": REGISTRY, "aud": FIELD_MAPPER, "iat": now, "exp": now + timedelta(seconds=60), "sub": "ann"}
    claims |= {"workspace_id": str(UUID(int=1)), "kind": "user", "scope": "contacts:read"}
    told = {name: value for name, value in (claims | changes).items() if value is not None}
    return request_with("Bearer " + jwt.encode(told, key, algorithm="HS256", headers={"typ": typ}))


@pytest.mark.parametrize("secret", [SECRET, NEXT])
async def test_who_is_passed_on_arrives_as_he_is(secret: str) -> None:
    header = PassingOn(REGISTRY, FIELD_MAPPER, SecretStr(secret)).header(WHO)
    found = await AUTHENTICATE(request_with(header))
    assert (found.workspace_id, found.user_id, found.kind, found.key_id) == (
        UUID(int=1),
        "api-key/x",
        Kind.FLOW,
        WHO.key_id,
    )
    assert found.scopes == WHO.allowed


async def test_a_scope_of_a_newer_service_is_left_out() -> None:
    assert (await AUTHENTICATE(passed_on(scope="contacts:read contacts:fly"))).scopes == {Scope.CONTACTS_READ}


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "another-secret-for-tests-0123456789abcdef"},
        {"key": USERS},
        {"aud": "executor"},
        {"aud": None},
        {"iss": "executor"},
        {"exp": datetime(2020, 1, 1, tzinfo=UTC)},
        {"exp": None},
        {"scope": None},
    ],
)
async def test_what_is_not_from_there_for_here_and_of_now_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ProblemError) as caught:
        await AUTHENTICATE(passed_on(**changes))
    assert caught.value.problem.status == 401


async def test_a_token_of_the_issuer_is_judged_as_ever_and_one_of_the_pair_is_not_one_of_his() -> None:
    claims = {"sub": "ann", "aud": "authenticated", "exp": 4102444800, "workspace_id": str(UUID(int=1))}
    assert (await AUTHENTICATE(request_with("Bearer " + jwt.encode(claims, USERS, algorithm="HS256")))).user_id == "ann"
    with pytest.raises(ProblemError):
        await AUTHENTICATE(passed_on(typ="JWT"))
    with pytest.raises(ProblemError):
        await OWN(passed_on())
