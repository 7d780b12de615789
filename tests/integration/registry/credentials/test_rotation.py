"""A key of the keyring takes the place of another, while everybody works."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from connector_registry import SCHEMA, migrations_dir
from connector_registry.credentials import rotation as module
from connector_registry.credentials.book import CredentialBook
from connector_registry.credentials.port import Credential, Token, TokenState, Wanted
from connector_registry.credentials.postgres import PostgresCredentialRows, PostgresCredentialStore
from connector_registry.credentials.rotation import LOOK_SECONDS, Rotation
from connector_registry.credentials.rotation_postgres import PostgresSealedStore
from connector_registry.metrics import Metrics
from connector_registry.oauth.postgres import PostgresTokenStore
from connector_registry.outbox.postgres import PostgresOutgoing
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.definition.auth.reading import read_auth
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import Work, new_pool, of_workspace, session, transaction
from connectors_shared.runtime.roles import Role
from connectors_shared.runtime.secrets import Keyring, UnsealError, place_of
from tests.unit.registry.oauth.scene import CLIENT, ORIGIN, a_credential

FORMER = {"k1": b"1" * 32}
BOTH = {"k2": b"2" * 32} | FORMER
"""As the operator writes them: the new one first."""
NOW = datetime.now(UTC)
BEARER = {"type": "bearer", "token": "a-token-of-our-own-0123"}


@dataclass(frozen=True, slots=True)
class Registry:
    """A process of the registry with these keys."""

    app: asyncpg.Pool
    worker: asyncpg.Pool
    keyring: Keyring
    workspace: UUID
    metrics: Metrics

    @property
    def book(self) -> CredentialBook:
        return CredentialBook(self.keyring)

    @property
    def rows(self) -> PostgresCredentialRows:
        return PostgresCredentialRows(PostgresOutgoing(), self.book.published)

    @property
    def vault(self) -> PostgresCredentialStore:
        return PostgresCredentialStore(self.app, self.rows)

    def rotation(self) -> Rotation:
        store = PostgresSealedStore(self.app, self.worker, self.rows)
        return Rotation(store, self.book.sealed_anew, self.keyring.first, self.keyring.former, self.metrics)

    async def rotate(self) -> None:
        rotation = self.rotation()
        while await rotation.look() != LOOK_SECONDS:
            pass

    async def put(self, auth: dict[str, str] = BEARER, connector_id: UUID | None = None) -> Credential:
        what = {"workspace_id": self.workspace, "connector_id": connector_id, "name": "one"}
        credential = a_credential(self.book, auth, NOW, **what)
        if connector_id is None:
            await self.vault.add(credential)
        else:
            async with transaction(self.app, of_workspace(self.workspace), Work.WRITE) as connection:
                await self.rows.save(connection, credential)
        return credential

    async def present(self, credential: Credential) -> Credential:
        async with session(self.app, of_workspace(self.workspace), Work.READ) as connection:
            found = await self.rows.find_any(connection, self.workspace, credential.id)
        assert found is not None
        return found

    async def facts(self, credential: Credential) -> list[dict[str, Any]]:
        query = "SELECT value FROM registry.outbox WHERE key = 'credential/' || $1::text ORDER BY id"
        async with session(self.worker, {}, Work.READ) as connection:
            return [json.loads(row["value"]) for row in await connection.fetch(query, str(credential.id))]

    def gauge(self, name: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"connectors_registry_credentials_under_{name}_keys")

    async def sql(self, statement: str, *arguments: Any) -> Any:
        async with transaction(self.app, of_workspace(self.workspace), Work.WRITE) as connection:
            return await connection.fetchval(statement, *arguments)


def opened(keyring: Keyring, fact: dict[str, Any], name: str) -> str:
    """By an executor with these keys."""
    published = PublishedCredential.model_validate_json(json.dumps(fact))
    return keyring.open(published.sealed[name], place_of(published, name))


@pytest.fixture
async def before(database: str) -> AsyncIterator[Registry]:
    await bring_up_to_date(database, migrations_dir(), SCHEMA)
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(await new_pool(database, schema=SCHEMA, role=Role.APP, max_size=6))
        worker = await stack.enter_async_context(await new_pool(database, schema=SCHEMA, role=Role.WORKER, max_size=2))
        yield Registry(app, worker, Keyring(FORMER), uuid4(), Metrics())


@pytest.fixture
def now(before: Registry) -> Registry:
    """The same, with the new key."""
    return replace(before, keyring=Keyring(BOTH))


ALONE = Keyring({"k2": BOTH["k2"]})


async def test_all_of_it_opens_with_the_new_key_alone_and_executors_are_told(
    before: Registry, now: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)
    made = [await before.put() for _ in range(5)]
    await now.rotate()
    for credential in made:
        present, facts = await now.present(credential), await now.facts(credential)
        assert CredentialBook(ALONE).opened(present, "token") == BEARER["token"]
        assert (present.revision, present.updated_by) == (1, "me"), "nobody's own change is refused for it"
        assert [fact["revision"] for fact in facts] == [1, 2]
        assert opened(ALONE, facts[-1], "token") == BEARER["token"]
    assert now.gauge("former") == 0
    async with session(now.app, of_workspace(now.workspace), Work.READ) as connection:
        told = await connection.fetch("SELECT action, actor_kind, details FROM registry.audit_entries ORDER BY at DESC")
    assert [tuple(row) for row in told[:5]] == [("rotated", "system", {"revision": 1, "key_ids": ["k2"]})] * 5
    await now.rotate()
    assert [len(await now.facts(credential)) for credential in made] == [2] * 5


async def test_what_was_obtained_is_sealed_anew_too(before: Registry, now: Registry) -> None:
    credential = await before.put(CLIENT)
    tokens = PostgresTokenStore(before.app, before.worker, before.rows)
    async with tokens.renewable(before.workspace, credential.id, wait=True) as renewable:
        assert renewable is not None
        sealed = {
            name: before.book.seal_token(credential, name, f"the-{name}") for name in ("access_token", "refresh_token")
        }
        await renewable.keep(Token(TokenState.OK, made_for=credential.client, **sealed))
    await now.rotate()
    present, facts = await now.present(credential), await now.facts(credential)
    assert present.token is not None
    assert present.token.refresh_token is not None
    assert CredentialBook(ALONE).open_token(credential, "refresh_token", present.token.refresh_token) == (
        "the-refresh_token"
    )
    assert CredentialBook(ALONE).opened(present, "client_secret") == CLIENT["client_secret"]
    assert [fact["revision"] for fact in facts] == [1, 2, 3]
    assert opened(ALONE, facts[-1], "access_token") == "the-access_token"


async def test_a_change_that_was_begun_before_is_saved_and_told_after_it(before: Registry, now: Registry) -> None:
    stored = await before.put()
    await now.rotate()
    renamed = stored.changed("me", NOW, name="another")
    await before.vault.replace(renamed, stored)
    assert [(fact["revision"], fact["name"]) for fact in await now.facts(stored)] == [
        (1, "one"),
        (2, "one"),
        (3, "another"),
    ]
    await now.rotate()
    facts = await now.facts(stored)
    assert (facts[-1]["revision"], opened(ALONE, facts[-1], "token")) == (4, BEARER["token"])


async def test_a_draft_with_another_secret_is_newer_than_what_executors_have(before: Registry, now: Registry) -> None:
    """Else a test of it would be made with the stored one."""
    stored = await before.put()
    await now.rotate()
    stored = await now.present(stored)
    auth = read_auth(BEARER | {"token": "quite-another-token-0123"})
    wanted = Wanted(now.workspace, uuid4(), "one", auth, (), {}, {}, [ORIGIN], NOW, "me")
    draft = now.book.own(wanted, stored)
    assert draft is not None
    assert draft.published().revision == stored.published().revision + 1


async def test_two_processes_do_it_once(before: Registry, now: Registry) -> None:
    made = [await before.put() for _ in range(6)]
    await asyncio.gather(now.rotate(), now.rotate())
    assert [[fact["revision"] for fact in await now.facts(credential)] for credential in made] == [[1, 2]] * 6


async def test_one_that_cannot_be_opened_holds_up_no_other_and_is_counted(
    before: Registry, now: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 1)
    made = [await before.put() for _ in range(3)]
    spoilt = min(made, key=lambda one: one.id)
    await now.sql("UPDATE registry.credentials SET allowed_origins = '{https://other.test}' WHERE id = $1", spoilt.id)
    await now.rotate()
    assert now.gauge("former") == 1
    for credential in made:
        if credential is not spoilt:
            assert CredentialBook(ALONE).opened(await now.present(credential), "token") == BEARER["token"]
    with pytest.raises(UnsealError):
        now.book.opened(await now.present(spoilt), "token")


async def test_one_under_a_key_that_is_gone_is_told_of(before: Registry) -> None:
    await before.put()
    gone = replace(before, keyring=ALONE)
    await gone.rotate()
    assert (gone.gauge("former"), gone.gauge("unknown")) == (0, 1)


async def test_that_of_a_deleted_connector_stays_withdrawn(before: Registry, now: Registry) -> None:
    connector = uuid4()
    await before.sql(
        "WITH head AS (INSERT INTO registry.connectors (id, workspace_id, name, category, enabled, published_version,"
        " revision, created_at, created_by, updated_at, updated_by, deleted_at, deleted_by)"
        " VALUES ($1, $2, 'c', 'other', true, 1, 1, now(), 'me', now(), 'me', now(), 'me'))"
        " INSERT INTO registry.connector_versions (connector_id, version, workspace_id, definition, created_by,"
        " created_at) VALUES ($1, 1, $2, '{}', 'me', now())",
        connector,
        before.workspace,
    )
    credential = await before.put(connector_id=connector)
    await now.rotate()
    assert CredentialBook(ALONE).opened(await now.present(credential), "token") == BEARER["token"]
    assert len(await now.facts(credential)) == 1


async def test_while_its_token_is_renewed_it_is_left_for_the_next_time(before: Registry, now: Registry) -> None:
    credential = await before.put(CLIENT)
    tokens = PostgresTokenStore(before.app, before.worker, before.rows)
    async with tokens.renewable(before.workspace, credential.id, wait=True):
        await now.rotate()
        assert now.gauge("former") == 1
    await now.rotate()
    assert now.gauge("former") == 0
