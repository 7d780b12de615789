"""A key in a header or a query parameter of any name."""

from connectors_shared.definition.auth.kind import AuthField, AuthKind, Pairs, Values
from connectors_shared.definition.headers import RESERVED, is_name, wrong_secret
from connectors_shared.definition.problems import Problem


def _wrong_name(text: str) -> str | None:
    if not is_name(text):
        return "must be the name of a header or parameter: letters, digits and hyphens"
    return None


def _header(public: Values) -> str | None:
    return public["name"].lower() if public["location"] == "header" else None


def _check(public: Values) -> list[Problem]:
    return [Problem("/name", "this header is written by the sender")] if _header(public) in RESERVED else []


def _sign(public: Values, secrets: Values) -> tuple[Pairs, Pairs]:
    pair = (public["name"], secrets["key"])
    return ([pair], []) if public["location"] == "header" else ([], [pair])


APIKEY = AuthKind(
    type="apikey",
    title="API key",
    description="Sends a key in a header or a query parameter.",
    fields=(
        AuthField("name", "Name", default="X-API-Key", max_characters=200, alias="headerName", wrong=_wrong_name),
        AuthField("location", "Where it stands", default="header", choices=("header", "query")),
        AuthField("key", "Key", secret=True, max_characters=16_000, wrong=wrong_secret),
    ),
    sign=_sign,
    header=_header,
    check=_check,
)
