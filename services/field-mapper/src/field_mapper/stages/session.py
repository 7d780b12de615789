"""What the stages need of a transaction on the contacts."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar
from uuid import UUID

from connectors_shared.http.audit.entry import Entry
from field_mapper.coercion import CustomFieldType, FieldDefinition
from field_mapper.model import AppliedKey, Contact, ContactKey, ContactRef
from field_mapper.stages.announce import Announcement
from field_mapper.stages.changes import Edit

FieldName = tuple[UUID, str]
Found = dict[ContactKey, tuple[UUID, ...]]
"""Contacts by key; of an email or a phone there may be several."""
T = TypeVar("T")


class ContactSession(Protocol):
    """What a transaction on the contacts can do. Every method takes a whole batch."""

    async def applied(self, keys: Collection[AppliedKey]) -> dict[AppliedKey, Announcement]: ...
    async def find(self, keys: Collection[ContactKey]) -> Found: ...
    async def serialize_creation(self, keys: Collection[ContactKey]) -> None: ...
    async def lock(self, refs: Collection[ContactRef]) -> dict[ContactRef, Contact]: ...
    async def hold(self, refs: Collection[ContactRef]) -> dict[ContactRef, int]:
        """They are locked; the revision of each."""

    async def load_custom(
        self, contacts: Collection[Contact], names: Collection[str], whole: Collection[str] = ()
    ) -> None:
        """Who wrote them, and what they hold; of a large one, that it is there, unless it is among `whole`."""

    async def define(self, first_types: Mapping[FieldName, CustomFieldType]) -> None:
        """As many as each workspace has room for."""

    async def definitions(self, names: Collection[FieldName]) -> dict[FieldName, FieldDefinition]:
        """They change no more until the end of the transaction."""

    async def next_in_order(self, count: int) -> Sequence[int]: ...
    async def note(self, entry: Entry) -> None:
        """Of what somebody does by hand, for the audit."""

    async def record_edits(self, edits: Collection[Edit]) -> None:
        """Before they are saved."""

    async def changes_of(self, contact: ContactRef, execution_id: UUID) -> list[dict[str, Any]]:
        """What an execution has changed of it, the last change first; see `Changes.to_json`."""

    async def save(
        self, contacts: Iterable[Contact], announced: Callable[[], Collection[Announcement]] = tuple
    ) -> None:
        """`announced` says what is remembered of them and published. It is asked while Postgres writes the contacts,
        and remembered before their custom fields: large values that are replaced are copied from their place.
        """

    async def deleted(self, refs: Collection[ContactRef]) -> set[ContactRef]:
        """Those that somebody has deleted."""

    async def delete(self, contact: Contact, by: str) -> None:
        """One that is locked, with its history."""


class NotSerializedError(Exception):
    """A contact would be made, or named, by `keys`, by which somebody else may do the same meanwhile: what they led to
    has left them. Nothing was written; a new transaction is to serialize them before it locks anything."""

    def __init__(self, keys: Collection[ContactKey]) -> None:
        super().__init__(f"{len(keys)} keys are not serialized")
        self.keys = keys


async def serialized(attempt: Callable[[Collection[ContactKey]], Awaitable[T]]) -> T:
    """Again for as long as it finds keys that it must serialize, which are fewer each time."""
    keys: set[ContactKey] = set()
    while True:
        try:
            return await attempt(keys)
        except NotSerializedError as error:
            keys.update(error.keys)
