"""User name and password (RFC 7617). The user name is shown, the password is secret."""

import base64

from connectors_shared.definition.auth.kind import AuthField, AuthKind, Pairs, Values
from connectors_shared.definition.headers import CONTROL


def _wrong_username(text: str) -> str | None:
    if ":" in text or CONTROL.search(text):
        return "must not hold a colon or a control character (RFC 7617)"
    return None


def _wrong_password(text: str) -> str | None:
    return "must not hold a line break or another control character" if CONTROL.search(text) else None


def _sign(public: Values, secrets: Values) -> tuple[Pairs, Pairs]:
    encoded = base64.b64encode(f"{public['username']}:{secrets['password']}".encode()).decode()
    return [("Authorization", f"Basic {encoded}")], []


BASIC = AuthKind(
    type="basic",
    title="User name and password",
    description="Sends `Authorization: Basic …`.",
    fields=(
        AuthField("username", "User name", wrong=_wrong_username),
        AuthField("password", "Password", secret=True, max_characters=16_000, wrong=_wrong_password),
    ),
    sign=_sign,
    header=lambda _public: "authorization",
)
