"""What is recorded of grants of people and of what becomes of them; a renewal that went well is nothing anybody did."""

from connector_registry.credentials.port import Credential, Token, TokenState
from connectors_shared.http.audit.entry import SYSTEM, Action, Actor, Entry, Thing
from connectors_shared.http.principal import Kind


def kept(credential: Credential, before: Token, now: Token, connected_by: str | None) -> Entry | None:
    """What is worth telling of a token's next generation. Who comes back from a provider shows no token of ours, but it
    is known who was sent there."""
    if connected_by is not None:
        return _entry(Action.CONNECTED, credential, Actor(Kind.USER.value, connected_by))
    if now.state is TokenState.STALE and before.state is not TokenState.STALE:
        return _entry(Action.WENT_STALE, credential, SYSTEM, {"why": now.why})
    return None


def _entry(action: Action, credential: Credential, actor: Actor, details: dict[str, object] | None = None) -> Entry:
    whose = {"connector_id": str(credential.connector_id)} if credential.connector_id else {}
    return Entry(
        credential.workspace_id,
        action,
        Thing.CREDENTIAL,
        credential.id,
        credential.name,
        details=whose | (details or {}),
        actor=actor,
    )
