"""Keeps what is known of workspaces current: their grants, the origins that they keep to, and what requests may say."""

from typing import Final
from uuid import UUID

from pydantic import ValidationError

from connector_executor.connectors.latest import Head, head_of
from connector_executor.connectors.workspaces import NOTHING_SETTLED, WorkspaceFacts, Workspaces
from connectors_shared.contract.facts import FactKey, Kind
from connectors_shared.contract.grant import PublishedGrant
from connectors_shared.contract.workspace import PublishedWorkspace
from connectors_shared.egress.allowed import AllowedOrigins
from connectors_shared.egress.grants import WHOLE_WORKSPACE, Grant, Grants
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
KINDS: Final = frozenset((Kind.GRANT, Kind.WORKSPACE))


class Permissions:
    """Facts about grants and workspaces, the highest revision of each. What cannot be read grants nothing."""

    def __init__(self, grants: Grants, origins: AllowedOrigins, workspaces: Workspaces) -> None:
        self._grants = grants
        self._origins = origins
        self._workspaces = workspaces
        self._revisions: dict[UUID, int] = {}

    def apply(self, key: FactKey, value: bytes | None) -> None:
        """A message of `connector.config` of one of `KINDS`, None for a tombstone."""
        head = None if value is None else head_of(value)
        if value is not None and (head is None or head.workspace_id != (key.owner or key.id)):
            log.error("config.invalid", key=str(key), problems=["no fact of this key"])
            return
        if head is not None and not self._is_news(key.id, head):
            return
        if value is None:
            self._revisions.pop(key.id, None)
        if key.kind is Kind.GRANT:
            self._grant(key, None if head is None or head.deleted else value)
        else:
            self._settle(key, None if head is None or head.deleted else value)

    def _is_news(self, entity: UUID, head: Head) -> bool:
        if head.revision <= self._revisions.get(entity, 0):
            return False
        self._revisions[entity] = head.revision
        return True

    def _grant(self, key: FactKey, value: bytes | None) -> None:
        granted = None
        try:
            granted = None if value is None else PublishedGrant.model_validate_json(value)
        except ValidationError as error:
            log.error("config.unreadable", key=str(key), problems=error.error_count())
        if granted is None:
            self._grants.take_away(key.id)
            return
        connector = WHOLE_WORKSPACE if granted.connector_id is None else str(granted.connector_id)
        self._grants.give(key.id, Grant(granted.host, granted.port), (str(granted.workspace_id), connector))

    def _settle(self, key: FactKey, value: bytes | None) -> None:
        """What cannot be read leaves the workspace with what it had."""
        try:
            settled = None if value is None else PublishedWorkspace.model_validate_json(value)
        except ValidationError as error:
            log.error("config.unreadable", key=str(key), problems=error.error_count())
            return
        self._origins.keep_to(str(key.id), settled.allowed_origins if settled else [])
        facts = WorkspaceFacts(settled.name, settled.phone_region) if settled else NOTHING_SETTLED
        self._workspaces.become(key.id, facts)
