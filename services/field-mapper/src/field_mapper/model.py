"""What the stages hand to each other: what a result asks for, and the contact it is asked of."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

import msgspec

from connectors_shared.contract.contact import (
    MATCH_ORDER,
    FieldMapping,
    MappingOptions,
    MatchKey,
    TargetType,
    UserField,
)
from connectors_shared.contract.updates import MappingReason
from connectors_shared.definition.mappings.terms import Terms
from field_mapper.coercion import CustomFieldType, is_national
from field_mapper.ids import id_of
from field_mapper.marks import marks_of
from field_mapper.verdicts import Mapped, Target, Told, Verdict, not_written, told
from field_mapper.words import SEARCHED, in_lower_case, words_of

EXTERNAL_ID: Final = "external_id"
"""Among the origins and the changes of the user fields."""
KINDS: Final[Mapping[str, tuple[str, ...]]] = {MatchKey.EMAIL: ("email",), MatchKey.PHONE: ("phone", "national")}
"""Of `ContactKey`, by the word for them in `matchBy`."""


_moment: Final = lru_cache(maxsize=1024)(datetime.fromisoformat)
"""Most fields of a contact were written at one moment."""


def is_newer(stored: Mapping[str, Any] | None, than: datetime) -> bool:
    """Whether a stored origin was written after that moment."""
    return stored is not None and _moment(stored["at"]) > than


def is_replaced_since(stored: Mapping[str, Any] | None, moment: datetime) -> bool:
    """Whether tags of that origin were replaced as a whole after that moment: then nobody wants older ones added."""
    if stored is None or "since" not in stored:
        return is_newer(stored, moment)
    return stored["since"] is not None and datetime.fromisoformat(stored["since"]) > moment


def adding(stored: Mapping[str, Any] | None, origin: dict[str, Any]) -> dict[str, Any]:
    """The origin of tags that were added to: `since` is when they were last replaced, None when they never were."""
    if stored is None:
        return origin | {"since": None}
    newest = max(origin["at"], stored["at"], key=datetime.fromisoformat)
    return origin | {"since": stored.get("since", stored["at"]), "at": newest}


class ContactRef(NamedTuple):
    """A contact: two workspaces may have one of the same id."""

    workspace_id: UUID
    id: UUID


class AppliedKey(NamedTuple):
    """What is applied once: an execution by one set of mappings (`mapping_revision`: their digest)."""

    workspace_id: UUID
    execution_id: UUID
    mapping_revision: int


class CustomValue(msgspec.Struct):
    """One custom field of a contact, as stored. `large`: too large to be looked at, and `value` is True."""

    value: Any
    type: CustomFieldType
    origin: dict[str, Any]
    large: bool = False


class Contact(msgspec.Struct):
    """A contact under change. `custom` holds the fields that were loaded or written, not necessarily all.

    `external_id` is what other systems call it. `old_words`, `old_marks`: those it was found by, when they may have
    changed.
    """

    id: UUID
    workspace_id: UUID
    external_id: str | None = None
    user: dict[str, Any] = {}
    origins: dict[str, dict[str, Any]] = {}
    custom: dict[str, CustomValue] = {}
    is_new: bool = False
    changed_user: bool = False
    changed_custom: set[str] = set()
    old_words: frozenset[str] | None = None
    old_marks: frozenset[str] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    revision: int = 0
    _ref: ContactRef | None = None

    @property
    def ref(self) -> ContactRef:
        if self._ref is None:
            self._ref = ContactRef(self.workspace_id, self.id)
        return self._ref

    def copy(self) -> "Contact":
        """One that can be changed while this one stays as it is."""
        return msgspec.structs.replace(
            self,
            user=dict(self.user),
            origins=dict(self.origins),
            custom=dict(self.custom),
            changed_custom=set(self.changed_custom),
        )

    def set_user(self, name: str, value: Any, origin: dict[str, Any] | None) -> None:
        """None empties the field; without an origin it is as if nobody had ever written it."""
        if self.old_words is None and name in SEARCHED and value != self.user.get(name):
            self.old_words = frozenset() if self.is_new else words_of(self.user)
        if self.old_marks is None:
            self._remember_marks()
        if value is None and origin is None:
            self.user.pop(name, None)
        else:
            self.user[name] = value
        if origin is None:
            self.origins.pop(name, None)
        else:
            self.origins[name] = origin
        self.changed_user = True

    def set_external_id(self, name: str | None, origin: dict[str, Any] | None) -> None:
        """What another system calls it; the origin is kept beside those of its fields."""
        if self.old_marks is None:
            self._remember_marks()
        self.external_id = name
        if origin is None:
            self.origins.pop(EXTERNAL_ID, None)
        else:
            self.origins[EXTERNAL_ID] = origin
        self.changed_user = True

    def set_custom(self, name: str, value: CustomValue | None) -> None:
        """None removes it, as if nobody had ever written it."""
        if value is None:
            self.custom.pop(name, None)
        else:
            self.custom[name] = value
        self.changed_custom.add(name)

    def _remember_marks(self) -> None:
        self.old_marks = frozenset() if self.is_new else marks_of(self.user, self.origins)


class ContactKey(NamedTuple):
    """One way to find a contact: `kind` is id, external, email, phone or national. `value` is compared as it is: the
    id, what another system calls it, see `email_key`, an E.164 phone, or a number of a country that is not known, which
    is equal to the same text only.
    """

    workspace_id: UUID
    kind: str
    value: str


class Placed(Protocol):
    """Which flow it is of, as far as it is known."""

    @property
    def flow_id(self) -> str | None: ...
    @property
    def flow_run_id(self) -> str | None: ...


class Way(NamedTuple):
    """How a value comes to its target."""

    mapping: FieldMapping
    terms: Terms


class Proposal(msgspec.Struct):
    """What one result wants written. `user` is coerced; `custom` waits for the definitions of its fields. None empties
    a field.

    `contact_id` is the flow's contact, when it looks like one of ours (`own_id`); otherwise it is another system's:
    `external_id`. `alias` is what the flow wrote for `contact_id`: another system may call its contacts so too.
    `carried` is the JSON of the context as it came: written again it could grow.
    `mapped` has each mapping, `verdicts` what became of each field when it came to the contact. `failure` is set when
    the execution gave nothing to map, or a mapping fails as a whole; then nothing is written. `ways` has the mapping
    that holds for each target. `match_by`: see `MappingOptions`. `region`: the workspace's, of phones. `value_bytes`:
    of all values, as JSON. `by_person`: it is of somebody who means it now, whatever was written before.
    """

    execution_id: UUID
    workspace_id: UUID
    connector_id: UUID
    connector_version: int | None
    context: Placed
    options: MappingOptions
    written_at: datetime
    mapping_revision: int = 0
    contact_id: UUID | None = None
    external_id: str | None = None
    alias: str | None = None
    carried: bytes = b"{}"
    user: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    mapped: list[Mapped] = []
    verdicts: dict[Target, Verdict] = {}
    ways: dict[Target, Way] = {}
    match_by: tuple[str, ...] = MATCH_ORDER
    region: str | None = None
    failure: Verdict | None = None
    value_bytes: int = 0
    by_person: bool = False
    _key: AppliedKey | None = None
    _keys: list[ContactKey] | None = None
    _all_keys: list[ContactKey] | None = None

    @property
    def key(self) -> AppliedKey:
        if self._key is None:
            self._key = AppliedKey(self.workspace_id, self.execution_id, self.mapping_revision)
        return self._key

    def fresh_copy(self) -> "Proposal":
        """A copy for one attempt, which comes to its own verdicts."""
        return msgspec.structs.replace(self, verdicts={})

    def origin(self) -> dict[str, Any]:
        """Who writes its values, and when, as it is stored with them."""
        origin = {
            "at": self.written_at.isoformat(),
            "execution": str(self.execution_id),
            "connector": str(self.connector_id),
        }
        return origin if self.connector_version is None else origin | {"version": self.connector_version}

    def ways_to_find(self) -> list[ContactKey]:
        """Keys of the contact, in the order that decides; asked for often, so made once."""
        if self._keys is None:
            own = identities(self.workspace_id, self.contact_id, self.external_id or self.alias)
            keys = match_keys(self.workspace_id, self.user)
            self._keys = [*own, *(key for word in self.match_by for key in keys if key.kind in KINDS.get(word, ()))]
            self._all_keys = [*own, *keys]
        return self._keys

    def all_keys(self) -> list[ContactKey]:
        """Those as well that it is not to be found by: others may look for it by them."""
        self.ways_to_find()
        assert self._all_keys is not None
        return self._all_keys

    def terms_of(self, target_type: TargetType, name: str) -> Terms:
        way = self.ways.get((target_type, name)) if self.ways else None
        return way.terms if way else USUAL

    @property
    def identity(self) -> ContactKey | None:
        """The key that the flow named."""
        return next(iter(identities(self.workspace_id, self.contact_id, self.external_id)), None)

    def refuse(self, reason: MappingReason, target_type: TargetType, target_field: str, detail: str) -> None:
        """Also what is skipped."""
        self.verdicts[target_type, target_field] = not_written(reason, detail)

    def reasons(self) -> Iterator[MappingReason]:
        """Of values that were there, and not written, though the contact was to be."""
        for verdict in (*[mapped.verdict for mapped in self.mapped], *self.verdicts.values()):
            if verdict is not None and verdict.reason is not None and verdict.reason is not MappingReason.ABSENT:
                yield verdict.reason

    def lines(self, otherwise: Verdict) -> Iterator[tuple[Mapped, Verdict]]:
        """What became of each mapping; `otherwise`: of those that never came to the contact."""
        for mapped in self.mapped:
            yield mapped, mapped.verdict or self.verdicts.get(mapped.target) or otherwise

    def told(self, otherwise: Verdict) -> list[Told]:
        """The same, as its update tells it; asked of every result."""
        verdicts = self.verdicts
        return [
            told(mapped, mapped.verdict or verdicts.get((mapped.target_type, mapped.target_field), otherwise))
            for mapped in self.mapped
        ]


USUAL: Final = Terms()


def own_id(name: str | None) -> UUID | None:
    """The id of a contact as we write it, in 36 characters; None for any other name, another form of a UUID included,
    which is what another system calls it."""
    return None if name is None else id_of(name)


def identities(workspace_id: UUID, contact_id: UUID | None, external_id: str | None) -> list[ContactKey]:
    """Keys that one contact has and no other."""
    keys = [] if contact_id is None else [ContactKey(workspace_id, "id", str(contact_id))]
    if external_id is not None:
        keys.append(ContactKey(workspace_id, "external", external_id))
    return keys


def match_keys(workspace_id: UUID, user: Mapping[str, Any]) -> list[ContactKey]:
    """Email before phone: an address belongs to one person, a phone often to a household."""
    email, phone = user.get(UserField.EMAIL), user.get(UserField.PHONE)
    keys = [ContactKey(workspace_id, "email", email_key(email))] if email else []
    if phone:
        keys.append(ContactKey(workspace_id, "national" if is_national(phone) else "phone", phone))
    return keys


def email_key(email: str) -> str:
    """What two spellings of one address share: case matters beyond A to Z only.

    The same as Postgres' `lower(email COLLATE "C")`, whatever the locale of the database is.
    """
    return in_lower_case(email)
