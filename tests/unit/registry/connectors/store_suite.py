"""What every store of connectors keeps: heads, versions and revisions, deletions that can be taken back, and facts."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

import pytest
from hypothesis import strategies as st

from connector_registry.connectors import connector as connector_module
from connector_registry.connectors.connector import ListFilter
from connector_registry.connectors.port import ConnectorMissing, ConnectorStore, StaleVersion, VersionChanged
from connector_registry.connectors.service import Catalogue
from connector_registry.credentials.book import CredentialBook
from connectors_shared.http.principal import Principal
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.secrets import Keyring

KEYRING = Keyring({"k1": bytes(32)})
WORDS = [
    "definition",
    "secret",
    "name",
    "both",
    "nothing",
    "enable",
    "disable",
    "delete",
    "restore",
    "republish",
    "purge",
]
STEPS = st.lists(st.sampled_from(WORDS), max_size=12)


class Bench(Protocol):
    """A store, what it has announced, and its purge."""

    store: ConnectorStore

    async def facts(self, connector_id: UUID) -> list[dict[str, Any] | None]:
        """Of this one, in order; None is a tombstone."""

    async def former(self, connector_id: UUID) -> dict[int, dict[str, Any] | None]:
        """What was announced last of each of its former versions, by number; None is a tombstone."""

    async def versions(self, workspace_id: UUID, connector_id: UUID) -> list[dict[str, Any]]:
        """The definitions that are kept, by number from 1."""

    async def purge(self, before: datetime) -> int: ...


class Clock(SystemClock):
    """Every look at it is a second later."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


class Announced:
    async def published(self) -> bool:
        return True


def a_person(workspace_id: UUID | None = None, user_id: str = "ann") -> Principal:
    return Principal(workspace_id or uuid4(), user_id)


def a_draft(number: int = 0, token: str = "a-token-of-1234", **fields: Any) -> dict[str, Any]:
    config = {
        "method": "POST",
        "url": "https://api.example/things",
        "bodyType": "json",
        "body": {"number": number},
        "auth": {"type": "bearer", "token": token},
    }
    return {"name": "Things", "config": config, **fields}


def a_catalogue(store: ConnectorStore, clock: SystemClock | None = None) -> Catalogue:
    return Catalogue(store, CredentialBook(KEYRING), Announced(), clock or Clock())


@dataclass
class Model:
    """What one connector is after the steps that were played, and what was told of it."""

    bench: Bench
    who: Principal = field(default_factory=a_person)
    clock: Clock = field(default_factory=Clock)
    number: int = 0
    definitions: list[int] = field(default_factory=lambda: [0])
    name: str = "Things"
    enabled: bool = True
    there: bool = True
    facts: list[tuple[int, int, bool]] = field(default_factory=lambda: [(1, 1, True)])
    """Revision, version, enabled; version 0: deleted."""

    async def play(self, steps: list[str]) -> None:
        """Each step, with a look at everything after it."""
        await self.bench.purge(datetime.max.replace(tzinfo=UTC))  # what others have left
        self.catalogue = a_catalogue(self.bench.store, self.clock)
        self.id = (await self.catalogue.create(self.who, a_draft())).connector.id
        for step in steps:
            if step == "purge":
                await self._purge()
            elif step == "restore":
                await self._restore()
            else:
                await self._step(step)
            await self._look()

    async def _step(self, step: str) -> None:
        try:
            await self._sent(step)
        except ConnectorMissing:
            assert not self.there
            return
        assert self.there
        different = {"enable": not self.enabled, "disable": self.enabled, "nothing": False}
        self.enabled = {"enable": True, "disable": False}.get(step, self.enabled)
        if step in ("definition", "both"):
            self.definitions.append(self.number)
        if step == "delete":
            self.there = False
        if different.get(step, True):
            self._told()

    async def _sent(self, step: str) -> None:
        self.number += 1
        name, last = f"Things {self.number}", self.definitions[-1] if self.definitions else 0
        bodies: dict[str, dict[str, Any]] = {
            "definition": {"config": a_draft(self.number)["config"] | {"auth": {"type": "bearer"}}},
            "secret": {"config": a_draft(last, token=f"another-token-{self.number}")["config"]},
            "name": {"name": name},
            "both": {"name": name, "config": a_draft(self.number)["config"] | {"auth": {"type": "bearer"}}},
            "nothing": {"name": self.name, "config": a_draft(last)["config"] | {"auth": None}},
        }
        if step in bodies:
            await self.catalogue.change(self.who, self.id, bodies[step], None)
            self.name = bodies[step].get("name", self.name)
        elif step in ("enable", "disable"):
            await self.catalogue.switch(self.who, self.id, step == "enable", None)
        elif step == "republish":
            await self.catalogue.republish(self.who, self.id, None)
        else:
            await self.catalogue.delete(self.who, self.id, None)

    async def _restore(self) -> None:
        if not self.definitions:
            with pytest.raises(ConnectorMissing):
                await self.catalogue.restore(self.who, self.id, None)
            return
        await self.catalogue.restore(self.who, self.id, None)
        if not self.there:
            self.there = True
            self._told()

    async def _purge(self) -> None:
        purged = await self.bench.purge(self.clock.time + timedelta(seconds=1))
        assert (purged > 0) is (not self.there and bool(self.definitions))
        if purged:
            self.definitions = []
            self.facts.append((0, 0, False))

    def _told(self) -> None:
        version = len(self.definitions) if self.there else 0
        self.facts.append((self.facts[-1][0] + 1, version, self.enabled and self.there))

    async def _look(self) -> None:
        """Versions have no gap, revisions grow by one, and facts come in their order."""
        found = await self.bench.store.find(self.who.workspace_id, self.id)
        assert (found is not None) is self.there
        if found is not None:
            assert (found.head.name, found.head.enabled) == (self.name, self.enabled)
            assert (found.revision, found.version) == (self.facts[-1][0], len(self.definitions))
        numbers = [one["config"]["body"]["number"] for one in await self.bench.versions(self.who.workspace_id, self.id)]
        assert numbers == self.definitions
        assert [_told(fact) for fact in await self.bench.facts(self.id)] == self.facts


def _told(fact: dict[str, Any] | None) -> tuple[int, int, bool]:
    if fact is None:
        return (0, 0, False)
    return fact["revision"], fact.get("version", 0), fact.get("enabled", False)


class StoreSuite:
    """A subclass gives the fixture `bench`, and plays sequences of `STEPS` with `Model`."""

    async def test_what_is_saved_is_found_whole(self, bench: Bench) -> None:
        who, catalogue = a_person(), a_catalogue(bench.store)
        made = await catalogue.create(who, a_draft(7, description="All of them", icon="📦", category="CRM & Sales"))
        found = await bench.store.find(who.workspace_id, made.connector.id)
        assert found == made.connector
        assert found is not None
        assert (found.created_by, found.updated_by, found.deleted_at) == ("ann", "ann", None)
        assert await bench.store.find(uuid4(), made.connector.id) is None

    async def test_who_changed_it_last_is_told_beside_who_made_it(self, bench: Bench) -> None:
        who, catalogue = a_person(), a_catalogue(bench.store)
        made = (await catalogue.create(who, a_draft())).connector
        bob = a_person(who.workspace_id, "bob")
        await catalogue.change(bob, made.id, {"icon": "📦"}, None)
        found = await bench.store.find(who.workspace_id, made.id)
        assert found is not None
        assert (found.created_by, found.updated_by, found.head.icon) == ("ann", "bob", "📦")
        assert found.created_at < found.updated_at

    async def test_a_number_that_becomes_another_kind_of_it_is_a_change(self, bench: Bench) -> None:
        """In Python 1 == 1.0 == True."""
        who, catalogue = a_person(), a_catalogue(bench.store)
        made = (await catalogue.create(who, a_draft(1))).connector
        for version, number in enumerate((1.0, True, 1), start=2):
            config = a_draft()["config"] | {"body": {"number": number}}
            changed = (await catalogue.change(who, made.id, {"config": config}, None)).connector
            assert (changed.version, changed.revision) == (version, version)
        [first, second, third, _] = await bench.versions(who.workspace_id, made.id)
        told = [json.dumps(one["config"]["body"]) for one in (first, second, third)]
        assert told == ['{"number": 1}', '{"number": 1.0}', '{"number": true}']

    async def test_of_two_changes_of_one_revision_the_second_is_refused(self, bench: Bench) -> None:
        who, catalogue = a_person(), a_catalogue(bench.store)
        was = (await catalogue.create(who, a_draft())).connector
        await catalogue.switch(who, was.id, False, None)
        late = was.changed("bob", was.updated_at, head=replace(was.head, name="Late"))
        with pytest.raises(VersionChanged):
            await bench.store.replace(was, late, b"{}")
        with pytest.raises(VersionChanged):
            await bench.store.remove(was.as_deleted("bob", was.updated_at))
        assert [_told(fact) for fact in await bench.facts(was.id)] == [(1, 1, True), (2, 1, False)]

    async def test_who_expects_another_revision_changes_nothing(self, bench: Bench) -> None:
        who, catalogue = a_person(), a_catalogue(bench.store)
        made = (await catalogue.create(who, a_draft())).connector
        await catalogue.switch(who, made.id, False, frozenset({1}))
        stale = frozenset({1})
        for attempt in (
            catalogue.switch(who, made.id, True, stale),
            catalogue.switch(who, made.id, False, stale),
            catalogue.change(who, made.id, {}, stale),
            catalogue.delete(who, made.id, stale),
            catalogue.restore(who, made.id, stale),
        ):
            with pytest.raises(StaleVersion) as refused:
                await attempt
            assert refused.value.headers == {"ETag": '"2"'}
        await catalogue.delete(who, made.id, frozenset({2}))
        with pytest.raises(StaleVersion):
            await catalogue.restore(who, made.id, frozenset({2}))
        assert (await catalogue.restore(who, made.id, frozenset({3}))).connector.revision == 4

    async def test_what_was_deleted_is_listed_apart_and_restored_as_it_was(self, bench: Bench) -> None:
        who, catalogue = a_person(), a_catalogue(bench.store)
        [kept, gone] = [(await catalogue.create(who, a_draft(name=name))).connector for name in ("Kept", "Gone")]
        await catalogue.switch(who, gone.id, False, None)
        await catalogue.delete(a_person(who.workspace_id, "bob"), gone.id, None)
        assert await names(bench, who) == [("Kept", None)]
        assert await names(bench, who, deleted=True) == [("Gone", "bob")]
        assert await names(bench, who, deleted=True, text="kept") == []
        restored = (await catalogue.restore(who, gone.id, None)).connector
        assert await names(bench, who) == [("Gone", None), ("Kept", None)]
        assert await names(bench, who, deleted=True) == []
        assert restored.own is not None
        assert gone.own is not None
        assert restored.own.says_the_same(gone.own)
        assert restored.own.revision > gone.own.revision
        assert (restored.head.enabled, restored.version, restored.revision) == (False, 1, 4)
        assert await bench.store.find_deleted(who.workspace_id, kept.id) is None

    async def test_a_deletion_is_of_its_own_workspace(self, bench: Bench) -> None:
        who, stranger, catalogue = a_person(), a_person(), a_catalogue(bench.store)
        made = (await catalogue.create(who, a_draft())).connector
        await catalogue.delete(who, made.id, None)
        assert await names(bench, stranger, deleted=True) == []
        with pytest.raises(ConnectorMissing):
            await catalogue.restore(stranger, made.id, None)
        assert await bench.store.find_deleted(who.workspace_id, made.id) is not None

    async def test_a_definition_that_is_replaced_can_be_asked_for_by_its_number(self, bench: Bench) -> None:
        who = a_person()
        catalogue = a_catalogue(bench.store)
        made = (await catalogue.create(who, a_draft(0))).connector
        await catalogue.change(who, made.id, {"name": "Other"}, None)
        assert await bench.former(made.id) == {}
        for number in (1, 2):
            await catalogue.change(who, made.id, a_draft(number), None)
        former = await bench.former(made.id)
        told = {number: fact and (fact["version"], fact["config"]["body"]) for number, fact in former.items()}
        assert told == {1: (1, {"number": 0}), 2: (2, {"number": 1})}
        revisions = [fact["revision"] for fact in former.values() if fact]
        assert revisions == [fact["revision"] for fact in (await bench.facts(made.id))[2:] if fact]

    async def test_the_last_definitions_are_kept_and_all_go_with_the_purge(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connector_module, "MOST_VERSIONS", 2)
        who, clock = a_person(), Clock()
        catalogue = a_catalogue(bench.store, clock)
        made = (await catalogue.create(who, a_draft(0))).connector
        for number in range(1, 4):
            await catalogue.change(who, made.id, a_draft(number), None)
        former = await bench.former(made.id)
        assert [number for number, fact in former.items() if fact] == [2, 3]
        assert former[1] is None
        await catalogue.delete(who, made.id, None)
        assert [number for number, fact in (await bench.former(made.id)).items() if fact] == [2, 3]
        assert await bench.purge(clock.now()) > 0
        assert set((await bench.former(made.id)).values()) == {None}

    async def test_what_was_restored_is_not_purged(self, bench: Bench) -> None:
        who, clock = a_person(), Clock()
        catalogue = a_catalogue(bench.store, clock)
        made = (await catalogue.create(who, a_draft())).connector
        await catalogue.delete(who, made.id, None)
        await catalogue.restore(who, made.id, None)
        assert await bench.purge(clock.now()) == 0
        assert await bench.store.find(who.workspace_id, made.id) is not None

    async def test_the_purge_takes_what_is_old_enough_of_every_workspace(self, bench: Bench) -> None:
        clock = Clock()
        catalogue, people = a_catalogue(bench.store, clock), [a_person() for _ in range(3)]
        made = [(await catalogue.create(who, a_draft())).connector for who in people]
        for who, connector in zip(people[:2], made[:2], strict=True):
            await catalogue.delete(who, connector.id, None)
        between = clock.now()
        await catalogue.delete(people[2], made[2].id, None)
        assert await bench.purge(between) > 0
        assert await bench.purge(between) == 0
        left = [await bench.store.find_deleted(c.workspace_id, c.id) for c in made]
        assert [one is not None for one in left] == [False, False, True]
        assert [(await bench.facts(one.id))[-1] is None for one in made] == [True, True, False]


async def names(bench: Bench, who: Principal, **wanted: Any) -> list[tuple[str, str | None]]:
    """Name and deleter of each that is listed."""
    return [(one.name, one.deleted_by) for one in await bench.store.page(who.workspace_id, ListFilter(**wanted))]
