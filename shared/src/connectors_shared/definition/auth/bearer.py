"""Bearer tokens (RFC 6750)."""

from connectors_shared.definition.auth.kind import AuthField, AuthKind, Pairs, Values
from connectors_shared.definition.headers import wrong_secret


def _sign(_public: Values, secrets: Values) -> tuple[Pairs, Pairs]:
    return [("Authorization", f"Bearer {secrets['token']}")], []


BEARER = AuthKind(
    type="bearer",
    title="Bearer token",
    description="Sends `Authorization: Bearer …`.",
    fields=(AuthField("token", "Token", secret=True, max_characters=16_000, wrong=wrong_secret),),
    sign=_sign,
    header=lambda _public: "authorization",
)
