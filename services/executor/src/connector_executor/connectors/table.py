"""Every published connector, held as compact bytes and compiled on use behind a small cache."""

from collections import OrderedDict
from uuid import UUID

from pydantic import ValidationError

from connector_executor.connectors.packing import pack, unpack
from connector_executor.connectors.plan import Plan, UncompilableError, compile_plan
from connector_executor.connectors.standin import unusable_plan
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
VERSION_BYTES = 4


class ConnectorTable:
    """Latest version by connector id; an older one that is published again after it changes nothing."""

    def __init__(self, cache_entries: int = 1024, default_max_in_flight: int = 64) -> None:
        self._stored: dict[bytes, bytes] = {}
        self._plans: OrderedDict[UUID, Plan] = OrderedDict()
        self._cache_entries = cache_entries
        self._default_max_in_flight = default_max_in_flight

    def __len__(self) -> int:
        return len(self._stored)

    def apply(self, key: bytes | None, value: bytes | None) -> UUID | None:
        """A message of `connector.config`; which connector it changed. One that cannot be read changes nothing."""
        connector_id = _connector_id(key)
        if connector_id is None:
            log.warning("config.unreadable", key=repr(key)[:80])
            return None
        self._plans.pop(connector_id, None)
        if value is None:
            self._stored.pop(connector_id.bytes, None)
            return connector_id
        try:
            published = PublishedConnector.model_validate_json(value)
        except ValidationError as error:
            problems = [f"{'/'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
            log.error("config.invalid", connector_id=str(connector_id), problems=problems)
            return None
        if published.version >= self._version(connector_id):
            packed = published.version.to_bytes(VERSION_BYTES) + pack(value)
            self._stored[connector_id.bytes] = packed
        return connector_id

    def plan(self, connector_id: UUID) -> Plan | None:
        """The compiled connector, or what stands for one that cannot be compiled; None when unknown."""
        found = self._plans.get(connector_id)
        if found is None:
            stored = self._stored.get(connector_id.bytes)
            if stored is None:
                return None
            found = self._plans[connector_id] = self._compiled(unpack(stored[VERSION_BYTES:]))
            if len(self._plans) > self._cache_entries:
                self._plans.popitem(last=False)
        else:
            self._plans.move_to_end(connector_id)
        return found

    def _compiled(self, message: bytes) -> Plan:
        published = PublishedConnector.model_validate_json(message)
        try:
            return compile_plan(published, self._default_max_in_flight)
        except UncompilableError as error:
            return unusable_plan(published, str(error))

    def _version(self, connector_id: UUID) -> int:
        return int.from_bytes(self._stored.get(connector_id.bytes, b"")[:VERSION_BYTES])


def _connector_id(key: bytes | None) -> UUID | None:
    try:
        return UUID((key or b"").decode())
    except (UnicodeDecodeError, ValueError):
        return None
