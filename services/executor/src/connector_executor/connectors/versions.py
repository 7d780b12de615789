"""Definitions that are not the published ones any more: compact bytes, read when an execution asks for one."""

from typing import Final
from uuid import UUID

import msgspec

from connector_executor.connectors.latest import REVISION_BYTES, Head, read_head
from connector_executor.connectors.packing import pack, unpack
from connector_executor.connectors.reading import read_version
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.model import MOST_VERSIONS
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
NONE = "there is none of this number, or not any more"
NUMBER_BYTES = (MOST_VERSIONS.bit_length() + 7) // 8


class VersionHead(Head, kw_only=True):
    """And whose definition it is."""

    connector_id: UUID
    version: int


HEADS: Final = msgspec.json.Decoder(VersionHead)


class FormerVersions:
    """By connector and number. What comes again, or late, changes nothing."""

    def __init__(self) -> None:
        self._packed: dict[bytes, bytes] = {}

    def __len__(self) -> int:
        return len(self._packed)

    def apply(self, connector_id: UUID, number: int, value: bytes | None) -> bool:
        """A message of `connector.config`, None for a tombstone; whether it changed something."""
        key = _key(connector_id, number)
        if value is None:
            return self._packed.pop(key, None) is not None
        head = _head_of(value)
        if head is None or (head.connector_id, head.version) != (connector_id, number):
            wrong = "no version" if head is None else "connectorId and version: are not those of the key"
            log.error("config.invalid", connector_id=str(connector_id), version=number, problems=[wrong])
            return False
        if head.revision <= int.from_bytes(self._packed.get(key, b"")[:REVISION_BYTES]):
            return False
        self._packed[key] = head.revision.to_bytes(REVISION_BYTES) + pack(value)
        return True

    def has(self, connector_id: UUID, number: int) -> bool:
        return _key(connector_id, number) in self._packed

    def read(self, current: PublishedConnector, number: int) -> PublishedConnector | str:
        """The connector as it is, with the definition of that version; or why there is none.

        Limits belong to the connector: asking for an old definition is no way around one that has been lowered since.
        """
        packed = self._packed.get(_key(current.connector_id, number))
        if packed is None:
            return NONE
        former = read_version(unpack(packed[REVISION_BYTES:]))
        if isinstance(former, str):
            return f"this version of the executor cannot read it: {former}"
        if former.workspace_id != current.workspace_id:
            return NONE
        now = current.config
        limits = {"rate_limit": now.rate_limit, "max_in_flight": now.max_in_flight, "parking": now.parking}
        definition = {
            "version": number,
            "config": former.config.model_copy(update=limits),
            "input_schema": former.input_schema,
            "field_mapping_templates": former.field_mapping_templates,
        }
        return current.model_copy(update=definition)


def _head_of(message: bytes) -> VersionHead | None:
    """None when it is no version."""
    head = read_head(HEADS, message)
    return None if head is None or head.deleted else head


def _key(connector_id: UUID, number: int) -> bytes:
    return connector_id.bytes + number.to_bytes(NUMBER_BYTES)
