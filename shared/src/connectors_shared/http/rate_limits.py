"""`RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers): what is left, with each answer."""

from collections.abc import Mapping
from typing import Final

from starlette.types import Scope

from connectors_shared.http.request_limits import Allowance

KEY: Final = "connectors.allowances"
POLICY: Final = "RateLimit-Policy"
LIMIT: Final = "RateLimit"
SENDS: Final = {
    LIMIT: 'For each limit ("workspace", "key"): r requests may follow at once, and in t seconds all of its quota.',
    POLICY: 'For each limit ("workspace", "key"): q requests at once, and in w seconds.',
}


def remember_allowances(scope: Scope, allowances: Mapping[str, Allowance]) -> None:
    scope[KEY] = allowances


def headers_of(scope: Scope) -> dict[str, str]:
    """Empty where nobody is limited, or nobody was known."""
    allowances: Mapping[str, Allowance] | None = scope.get(KEY)
    if not allowances:
        return {}
    told = allowances.items()
    return {
        POLICY: ", ".join(f'"{name}";q={each.quota};w={each.window_seconds}' for name, each in told),
        LIMIT: ", ".join(f'"{name}";r={each.remaining};t={each.full_in_seconds}' for name, each in told),
    }
