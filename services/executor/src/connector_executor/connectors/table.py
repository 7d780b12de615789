"""Every published connector, held as compact bytes and compiled on use behind a small cache."""

from collections import OrderedDict
from uuid import UUID

from pydantic import ValidationError

from connector_executor.connectors.latest import Head, LatestFacts, head_of
from connector_executor.connectors.packing import pack, unpack
from connector_executor.connectors.plan import Plan, UncompilableError, compile_plan
from connector_executor.connectors.standin import UNKNOWN, deleted_plan, unusable_plan
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)


class ConnectorTable:
    """The highest revision by connector id; one that comes again, or late, changes nothing."""

    def __init__(self, cache_entries: int = 1024, default_max_in_flight: int = 64) -> None:
        self._facts = LatestFacts()
        self._plans: OrderedDict[UUID, Plan] = OrderedDict()
        self._cache_entries = cache_entries
        self._default_max_in_flight = default_max_in_flight

    def __len__(self) -> int:
        return len(self._facts)

    def apply(self, connector_id: UUID, value: bytes | None) -> bool:
        """A message of `connector.config`, None for a tombstone; whether it changed something.

        One that cannot be read changes nothing.
        """
        if value is None:
            self._facts.forget(connector_id)
        elif not self._take(connector_id, value):
            return False
        self._plans.pop(connector_id, None)
        return True

    def plan(self, connector_id: UUID) -> Plan | None:
        """The compiled connector, or what stands for one that was deleted or cannot be compiled; None when unknown."""
        found = self._plans.get(connector_id)
        if found is not None:
            self._plans.move_to_end(connector_id)
            return found
        found = self._stored(connector_id)
        if found is not None:
            self._plans[connector_id] = found
            if len(self._plans) > self._cache_entries:
                self._plans.popitem(last=False)
        return found

    def is_current(self, plan: Plan) -> bool:
        """Would an execution that comes now get the same?"""
        known = self.plan(plan.connector_id)
        if known is None:
            return plan.fault is UNKNOWN
        return known is plan or known.published == plan.published

    def _take(self, connector_id: UUID, message: bytes) -> bool:
        head = head_of(message)
        if head is None:
            log.error("config.invalid", connector_id=str(connector_id), problems=["no fact with a revision"])
            return False
        known = self._facts.revision(connector_id)
        if head.revision <= known:
            log.info("config.outdated", connector_id=str(connector_id), revision=head.revision, known=known)
            return False
        if head.deleted:
            self._facts.delete(connector_id, head.revision, head.workspace_id)
            return True
        return self._publish(connector_id, head, message)

    def _publish(self, connector_id: UUID, head: Head, message: bytes) -> bool:
        try:
            published = PublishedConnector.model_validate_json(message)
        except ValidationError as error:
            problems = [f"{'/'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        else:
            problems = [] if published.connector_id == connector_id else ["connectorId: is not that of the key"]
        if problems:
            log.error("config.invalid", connector_id=str(connector_id), revision=head.revision, problems=problems)
            return False
        self._facts.publish(connector_id, head.revision, pack(message))
        return True

    def _stored(self, connector_id: UUID) -> Plan | None:
        packed = self._facts.packed(connector_id)
        if packed is not None:
            return self._compiled(unpack(packed))
        workspace_id = self._facts.deleted_from(connector_id)
        return None if workspace_id is None else deleted_plan(connector_id, workspace_id)

    def _compiled(self, message: bytes) -> Plan:
        published = PublishedConnector.model_validate_json(message)
        try:
            return compile_plan(published, self._default_max_in_flight)
        except UncompilableError as error:
            return unusable_plan(published, str(error))
