"""Every published connector, held as compact bytes and compiled on use behind a small cache."""

from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

from connector_executor.connectors.latest import Head, LatestFacts, head_of
from connector_executor.connectors.packing import pack, unpack
from connector_executor.connectors.plan import Plan, UncompilableError, compile_plan
from connector_executor.connectors.reading import read_definition
from connector_executor.connectors.standin import (
    UNKNOWN,
    deleted_plan,
    missing_version_plan,
    standin_id,
    unreadable_plan,
    unusable_plan,
)
from connector_executor.connectors.versions import FormerVersions
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)


class ConnectorTable:
    """The highest revision by connector id; one that comes again, or late, changes nothing.

    One that cannot be read holds what is asked of its connector, and never leaves it to the one before.
    """

    def __init__(
        self,
        cache_entries: int = 1024,
        default_max_in_flight: int = 64,
        on_outdated: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_outdated` is called for each fact that says something else than a known one of a higher revision, or the
        same: a registry whose database was restored from a backup publishes such.
        """
        self._facts = LatestFacts()
        self._versions = FormerVersions()
        self._plans: OrderedDict[UUID, Plan] = OrderedDict()
        self._former: OrderedDict[tuple[UUID, int], tuple[Plan, Plan]] = OrderedDict()
        """Plans of former versions, each with the plan of the connector that it was made under."""
        self._cache_entries = cache_entries
        self._default_max_in_flight = default_max_in_flight
        self._on_outdated = on_outdated

    def __len__(self) -> int:
        return len(self._facts)

    def apply(self, connector_id: UUID, value: bytes | None) -> bool:
        """A message of `connector.config`, None for a tombstone; whether it changed something.

        What is no fact changes nothing.
        """
        if value is None:
            self._facts.forget(connector_id)
        elif not self._take(connector_id, value):
            return False
        self._plans.pop(connector_id, None)
        return True

    def apply_version(self, connector_id: UUID, number: int, value: bytes | None) -> bool:
        """The same of a definition that is not the published one any more."""
        changed = self._versions.apply(connector_id, number, value)
        if changed:
            self._former.pop((connector_id, number), None)
        return changed

    def plan(self, connector_id: UUID) -> Plan | None:
        """The compiled connector, or what stands for one that was deleted, or cannot be read or compiled; None when
        unknown.
        """
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

    def has_version(self, plan: Plan, number: int | None) -> bool:
        """Is it known what an execution comes to that asks for this version of the plan's connector? One that is higher
        than the published one may not have been read yet.
        """
        return (
            number is None
            or number <= plan.version
            or plan.fault is not None
            or self._versions.has(plan.connector_id, number)
        )

    def version(self, plan: Plan, number: int | None) -> Plan:
        """The plan of this version of the plan's connector; None asks for the published one."""
        if number is None or number == plan.version or plan.fault is not None:
            return plan
        made_under, found = self._former.get((plan.connector_id, number), (None, None))
        if found is None or made_under is not plan:
            found = self._former_plan(plan, number)
            self._former[plan.connector_id, number] = plan, found
            if len(self._former) > self._cache_entries:
                self._former.popitem(last=False)
        return found

    def backlogs_of(self, connector_id: UUID, workspace_id: UUID) -> tuple[UUID, ...]:
        """Whose backlogs hold executions of the workspace that asked for this connector. Those that came while it was
        not known there wait under an id of their own; one that another workspace owns has no others there.
        """
        plan, standin = self.plan(connector_id), standin_id(connector_id, workspace_id)
        if plan is not None and plan.published.workspace_id != workspace_id:
            return (standin,)
        return connector_id, standin

    def is_current(self, plan: Plan) -> bool:
        """Would an execution that comes now get the same?"""
        known = self.plan(plan.connector_id)
        if known is None:
            return plan.fault is UNKNOWN
        known = self.version(known, plan.version)
        return known is plan or (known.published, known.fault) == (plan.published, plan.fault)

    def _take(self, connector_id: UUID, message: bytes) -> bool:
        head = head_of(message)
        if head is None:
            log.error("config.invalid", connector_id=str(connector_id), problems=["no fact with a revision"])
            return False
        known = self._facts.revision(connector_id)
        if head.revision <= known:
            if head.revision < known or not self._is_known(connector_id, head, message):
                log.warning("config.outdated", connector_id=str(connector_id), revision=head.revision, known=known)
                self._on_outdated()
            return False
        if head.deleted:
            self._facts.delete(connector_id, head.revision, head.workspace_id)
            return True
        return self._publish(connector_id, head, message)

    def _is_known(self, connector_id: UUID, head: Head, message: bytes) -> bool:
        """Is it the known fact of this revision, come again?"""
        packed = self._facts.packed(connector_id)
        return head.deleted if packed is None else unpack(packed) == message

    def _publish(self, connector_id: UUID, head: Head, message: bytes) -> bool:
        read = read_definition(message)
        if isinstance(read, str):
            log.error("config.unreadable", connector_id=str(connector_id), revision=head.revision, why=read)
        elif read.connector_id != connector_id:
            problems = ["connectorId: is not that of the key"]
            log.error("config.invalid", connector_id=str(connector_id), revision=head.revision, problems=problems)
            return False
        self._facts.publish(connector_id, head.revision, pack(message))
        return True

    def _stored(self, connector_id: UUID) -> Plan | None:
        packed = self._facts.packed(connector_id)
        if packed is not None:
            return self._compiled(connector_id, unpack(packed))
        workspace_id = self._facts.deleted_from(connector_id)
        return None if workspace_id is None else deleted_plan(connector_id, workspace_id)

    def _compiled(self, connector_id: UUID, message: bytes) -> Plan:
        published = read_definition(message)
        if isinstance(published, str):
            head = head_of(message)
            assert head is not None
            return unreadable_plan(connector_id, head.workspace_id, published)
        try:
            return compile_plan(published, self._default_max_in_flight)
        except UncompilableError as error:
            if any(problem.unknown_word for problem in error.problems):
                return unreadable_plan(connector_id, published.workspace_id, str(error))
            return unusable_plan(published, str(error))

    def _former_plan(self, plan: Plan, number: int) -> Plan:
        """Nothing is held for one that cannot be read: unlike the published one it is never published again."""
        published = self._versions.read(plan.published, number)
        if isinstance(published, str):
            return missing_version_plan(plan.published, number, published)
        try:
            return compile_plan(published, self._default_max_in_flight)
        except UncompilableError as error:
            return unusable_plan(published, str(error))
