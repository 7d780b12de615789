"""Every published connector, held as compact bytes and compiled on use behind a small cache."""

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from connector_executor.connectors.credentials import CredentialTable, LiveCredential
from connector_executor.connectors.definition import Definition, read_quickly
from connector_executor.connectors.in_use import Key, PlansInUse
from connector_executor.connectors.latest import LatestFacts, head_of, message_in
from connector_executor.connectors.plan import Plan, UncompilableError, compile_plan
from connector_executor.connectors.reading import read_definition
from connector_executor.connectors.standin import (
    UNKNOWN,
    deleted_plan,
    missing_version_plan,
    standin_id,
    uncalled_plan,
    unreadable_plan,
    unusable_plan,
    waiting_plan,
)
from connector_executor.connectors.users import CredentialUsers, references_of
from connector_executor.connectors.versions import FormerVersions
from connector_executor.connectors.workspaces import Workspaces
from connector_executor.outcome import Failure
from connector_executor.parking.port import ParkReason
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.facts import Kind
from connectors_shared.contract.failure import FailureType
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.credentials import check_origins
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
UNSETTLED: Final = "The connector and its credential have been changed, and do not go together (yet)."
SETTLING_SECONDS: Final = 5.0
"""For how long a connector and its credential may not go together: they are published one after the other."""
FOREIGN = Failure(FailureType.CREDENTIAL_UNUSABLE, "The connector's credential is not one of its workspace.")


PLAN_BYTES: Final = 1_600
MESSAGE_TIMES: Final = 2
"""What a plan takes in memory: so much, and its message so many times, as texts and what is made of them."""


class ConnectorTable:
    """The highest revision by connector id, see `LatestFacts`, joined with the credentials that it uses.

    One that cannot be read holds what is asked of its connector, and never leaves it to the one before. One whose
    credential is not there yet, or cannot be read, waits for it. One that does not go together with its credential
    waits as well, for a moment: one of the two has been changed, and the other is about to come.
    """

    def __init__(
        self,
        cache_entries: int = 1024,
        default_max_in_flight: int = 64,
        on_outdated: Callable[[], None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.credentials = CredentialTable(on_outdated)
        self.workspaces = Workspaces()
        self._facts = LatestFacts(Kind.CONNECTOR, self._wrong, on_outdated)
        self._unreadable: set[UUID] = set()
        self._users = CredentialUsers()
        self._versions = FormerVersions()
        self._plans: OrderedDict[UUID, Plan] = OrderedDict()
        self._former: OrderedDict[tuple[UUID, int], Plan] = OrderedDict()
        self._in_use = PlansInUse()
        """The present plans that anybody has, those that are kept here among them."""
        self._unsettled: dict[UUID, float] = {}
        """Connectors that do not go together with their credential, and until when the other half is waited for."""
        self._monotonic = monotonic
        self._cache_entries = cache_entries
        self._default_max_in_flight = default_max_in_flight
        self.compiled_bytes = 0
        """What all plans take that were ever compiled: whoever asks before and after a look knows of its own."""

    def __len__(self) -> int:
        return len(self._facts)

    def apply(self, connector_id: UUID, value: bytes | None) -> bool:
        """A message of `connector.config` about a connector, None for a tombstone; whether it changed something.

        What is no fact changes nothing.
        """
        before = references_of(self._facts.message(connector_id))
        if not self._facts.apply(connector_id, value):
            return False
        self._users.move(connector_id, before, references_of(self._facts.message(connector_id)))
        self._forget(connector_id)
        return True

    def apply_version(self, connector_id: UUID, number: int, value: bytes | None) -> bool:
        """The same of a definition that is not the published one any more."""
        changed = self._versions.apply(connector_id, number, value)
        if changed:
            self._former.pop((connector_id, number), None)
            self._replace((connector_id, number))
        return changed

    def apply_credential(self, credential_id: UUID, value: bytes | None) -> list[UUID]:
        """A message about a credential; the connectors that are not what they were, since they use it."""
        if not self.credentials.apply(credential_id, value):
            return []
        users = self._users.of(credential_id)
        for connector_id in users:
            self._forget(connector_id)
        return users

    def users_of(self, credential_id: UUID) -> list[UUID]:
        """The connectors that use it."""
        return self._users.of(credential_id)

    def plan(self, connector_id: UUID) -> Plan | None:
        """The compiled connector, or what stands for one that was deleted, or cannot be read or compiled; None when
        unknown.
        """
        if self._unsettled:
            self._settle(connector_id)
        found = self._plans.get(connector_id)
        if found is not None:
            self._plans.move_to_end(connector_id)
            return found
        found = self._in_use.get(connector_id) or self._stored(connector_id)
        if found is not None:
            self._plans[connector_id] = self._in_use[connector_id] = found
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
        key = plan.connector_id, number
        found = self._in_use.get(key)
        if found is None or found.under is not plan:
            found = self._in_use[key] = replace(self._former_plan(plan, number), under=plan, replaced=[])
        self._former[key] = found
        if len(self._former) > self._cache_entries:
            self._former.popitem(last=False)
        return found

    def present(self, plan: Plan, number: int | None) -> Plan:
        """By what an execution that has this plan, and asks for that version, is to be called now.

        The very same one as long as nothing changes. What waits as one of no connector that is known stays that.
        """
        if not plan.may_be_outdated:
            return plan
        known = self.plan(plan.connector_id)
        if known is plan or known is None or known.workspace_id != plan.workspace_id:
            return plan
        return self.version(known, number)

    def backlogs_of(self, connector_id: UUID, workspace_id: UUID) -> tuple[UUID, ...]:
        """Whose backlogs hold executions of the workspace that asked for this connector. Those that came while it was
        not known there wait under an id of their own; one that another workspace owns has no others there.
        """
        plan, standin = self.plan(connector_id), standin_id(connector_id, workspace_id)
        if plan is not None and plan.workspace_id != workspace_id:
            return (standin,)
        return connector_id, standin

    def is_current(self, plan: Plan) -> bool:
        """Would an execution that comes now get the same?"""
        known = self.plan(plan.connector_id)
        if known is None:
            return plan.fault is UNKNOWN
        known = self.version(known, plan.version)
        return known is plan or (known.definition, known.fault, known.credentials) == (
            plan.definition,
            plan.fault,
            plan.credentials,
        )

    def _stored(self, connector_id: UUID) -> Plan | None:
        kept = self._facts.kept(connector_id)
        if kept is not None:
            return self._compiled(connector_id, kept)
        workspace_id = self._facts.deleted_from(connector_id)
        return None if workspace_id is None else deleted_plan(connector_id, workspace_id)

    def _compiled(self, connector_id: UUID, kept: bytes) -> Plan:
        message = message_in(kept)
        self.compiled_bytes += PLAN_BYTES + MESSAGE_TIMES * len(message)
        definition = None if connector_id in self._unreadable else read_quickly(message)
        if definition is not None:
            return self._joined(definition, partial(_read, kept))
        published = read_definition(message)
        if isinstance(published, str):
            head = head_of(message)
            assert head is not None
            return unreadable_plan(connector_id, head.workspace_id, published)
        return self._joined(published)

    def _joined(self, published: Definition, read: Callable[[], PublishedConnector] | None = None) -> Plan:
        auth, secrets = self._live(published.credential_id), self._live(published.secrets_id)
        for credential in (auth, secrets):
            lacking = None if credential is None else _lacking(published, credential)
            if credential is not None and lacking is not None:
                return self._settling(published, lacking) if credential.is_deleted else lacking
        try:
            plan = compile_plan(published, self._default_max_in_flight, auth=auth, secrets=secrets, read=read)
        except UncompilableError as error:
            if any(problem.unknown_word for problem in error.problems):
                return unreadable_plan(published.connector_id, published.workspace_id, str(error))
            unusable = unusable_plan(published, str(error))
            return self._settling(published, unusable) if secrets is not None else unusable
        return self._settling(published, plan) if _is_bound_elsewhere(plan) else plan

    def _settling(self, published: Definition, plan: Plan) -> Plan:
        """It waits for a moment, since this may be half of a change; then it is what it is."""
        now = self._monotonic()
        if now < self._unsettled.setdefault(published.connector_id, now + SETTLING_SECONDS):
            return waiting_plan(published, ParkReason.CREDENTIAL_MISSING, UNSETTLED)
        return plan

    def _settle(self, connector_id: UUID) -> None:
        """Its moment may be over."""
        found = self._in_use.get(connector_id)
        if found is None or found.held is None or connector_id not in self._unsettled:
            return
        if self._monotonic() >= self._unsettled[connector_id]:
            self._plans.pop(connector_id, None)
            self._replace(connector_id)

    def _forget(self, connector_id: UUID) -> None:
        """It is another one from now on."""
        self._plans.pop(connector_id, None)
        self._replace(connector_id)
        self._unsettled.pop(connector_id, None)

    def _replace(self, key: Key) -> None:
        """Whoever has this plan is to look for another one."""
        found = self._in_use.pop(key)
        if found is not None:
            found.replaced.append(True)

    def _former_plan(self, plan: Plan, number: int) -> Plan:
        """Nothing is held for one that cannot be read: unlike the published one it is never published again."""
        published = self._versions.read(plan.published, number)
        if isinstance(published, str):
            return missing_version_plan(plan.published, number, published)
        auth, secrets = plan.auth, plan.secrets
        try:
            return compile_plan(published, self._default_max_in_flight, auth=auth, secrets=secrets)
        except UncompilableError as error:
            return unusable_plan(published, str(error))

    def _wrong(self, connector_id: UUID, message: bytes) -> str | None:
        read = read_definition(message)
        if isinstance(read, str):
            self._unreadable.add(connector_id)
            log.error("config.unreadable", entity=f"{Kind.CONNECTOR}/{connector_id}", why=read)
            return None
        if read.connector_id != connector_id:
            return "connectorId: is not that of the key"
        self._unreadable.discard(connector_id)
        return None

    def _live(self, credential_id: UUID | None) -> LiveCredential | None:
        return None if credential_id is None else self.credentials.live(credential_id)


def _lacking(published: Definition, credential: LiveCredential) -> Plan | None:
    """What stands for the connector as long as this credential cannot be used."""
    if credential.published is None:
        if credential.hold is not None:
            return waiting_plan(published, credential.hold, credential.why)
        return uncalled_plan(published, credential.fault or FOREIGN)
    return uncalled_plan(published, FOREIGN) if credential.published.workspace_id != published.workspace_id else None


def _is_bound_elsewhere(plan: Plan) -> bool:
    """May a secret of its credentials not go where its URL does? Then no call of it is made."""
    if not plan.credentials.all:
        return False
    found = Compilation()
    check_origins(plan.config, "", plan.credentials, found)
    return bool(found.told())


def _read(kept: bytes) -> PublishedConnector:
    """Of a message that was found sound when it came."""
    published = read_definition(message_in(kept))
    assert not isinstance(published, str), published
    return published
