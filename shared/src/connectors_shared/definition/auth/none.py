"""No authentication."""

from connectors_shared.definition.auth.kind import AuthKind, Pairs, Values


def _sign(_public: Values, _secrets: Values) -> tuple[Pairs, Pairs]:
    return [], []


NONE = AuthKind("none", "No authentication", "Calls are sent without a key, token or password.", (), _sign)
