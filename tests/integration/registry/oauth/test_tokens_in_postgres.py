"""Tokens in Postgres: the lock of a row, what dies with it, and the order of what is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from connector_registry import SCHEMA, migrations_dir
from connector_registry.credentials.book import CredentialBook
from connector_registry.credentials.port import Credential, TokenState
from connector_registry.credentials.postgres import PostgresCredentialRows, PostgresCredentialStore
from connector_registry.metrics import Metrics
from connector_registry.oauth.postgres import PostgresSignInStore, PostgresTokenStore
from connector_registry.oauth.refresher import Refresher
from connector_registry.oauth.signing_in import GOOD_FOR, SignIn
from connector_registry.outbox.postgres import PostgresOutgoing
from connectors_shared.contract.credential import CredentialStatus
from connectors_shared.contract.refresh import Refreshed
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import Work as DatabaseWork
from connectors_shared.runtime.postgres import new_pool, of_workspace, session, transaction
from connectors_shared.runtime.roles import Role
from connectors_shared.runtime.secrets import Keyring
from tests.unit.registry.oauth.a_provider import RotatingProvider
from tests.unit.registry.oauth.scene import BY_PEOPLE, CLIENT, KEYS, Told, a_credential

NOW = datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Replicas:
    """Two processes of a registry over one database: `app` and `worker` are their pools."""

    app: asyncpg.Pool
    worker: asyncpg.Pool
    book: CredentialBook
    workspace: UUID

    def rows(self) -> PostgresCredentialRows:
        return PostgresCredentialRows(PostgresOutgoing(), self.book.published)

    def vault(self) -> PostgresCredentialStore:
        return PostgresCredentialStore(self.app, self.rows())

    def refresher(self, provider: RotatingProvider) -> Refresher:
        tokens = PostgresTokenStore(self.app, self.worker, self.rows())
        return Refresher(tokens, provider, self.book, Told(), SystemClock(), Metrics(), lambda: 0.5)

    async def put(self, auth: dict[str, str]) -> Credential:
        credential = a_credential(self.book, auth, NOW, workspace_id=self.workspace)
        await self.vault().add(credential)
        return await self.present(credential)

    async def connected(self, provider: RotatingProvider) -> Credential:
        """Somebody has signed in, an hour ago: its token is due."""
        credential = await self.put(BY_PEOPLE)
        async with transaction(self.app, of_workspace(self.workspace), DatabaseWork.WRITE) as connection:
            await connection.execute(
                "UPDATE registry.oauth_tokens SET state = 'ok', made_for = $2, access_token = $3, refresh_token = $4,"
                " obtained_at = now() - interval '1 hour', due_at = now() WHERE credential_id = $1",
                credential.id,
                credential.client,
                self.book.seal_token(credential, "access_token", "access-0"),
                self.book.seal_token(credential, "refresh_token", provider.connect()),
            )
        return await self.present(credential)

    async def due_now(self, credential: Credential) -> None:
        async with transaction(self.app, of_workspace(self.workspace), DatabaseWork.WRITE) as connection:
            query = "UPDATE registry.oauth_tokens SET due_at = now() WHERE credential_id = $1"
            await connection.execute(query, credential.id)

    async def present(self, credential: Credential) -> Credential:
        found = await self.vault().find(credential.workspace_id, credential.id)
        assert found is not None
        return found

    async def refresh_token(self, credential: Credential) -> str:
        token = (await self.present(credential)).token
        assert token is not None
        assert token.refresh_token is not None
        return self.book.open_token(credential, "refresh_token", token.refresh_token)

    async def told(self, credential: Credential) -> list[tuple[int, bool]]:
        """Revision, and whether with an access token, of each message."""
        query = (
            "SELECT convert_from(value, 'UTF8')::jsonb AS fact FROM registry.outbox"
            " WHERE key = 'credential/' || $1::text ORDER BY id"
        )
        async with session(self.worker, {}, DatabaseWork.READ) as connection:
            facts: list[dict[str, Any]] = [row["fact"] for row in await connection.fetch(query, str(credential.id))]
        return [(fact["revision"], "access_token" in fact.get("sealed", {})) for fact in facts]


@pytest.fixture
async def replicas(database: str) -> AsyncIterator[Replicas]:
    await bring_up_to_date(database, migrations_dir(), SCHEMA)
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(await new_pool(database, schema=SCHEMA, role=Role.APP, max_size=6))
        worker = await stack.enter_async_context(await new_pool(database, schema=SCHEMA, role=Role.WORKER, max_size=2))
        yield Replicas(app, worker, CredentialBook(Keyring.parse(KEYS)), uuid4())


async def test_two_replicas_and_all_their_callers_make_one_request(replicas: Replicas) -> None:
    provider = RotatingProvider()
    credential = await replicas.connected(provider)
    revision = credential.fact_revision
    both = [replicas.refresher(provider) for _ in range(2)]
    asks = [each.refresh(replicas.workspace, credential.id, revision) for each in both * 50]
    found = await asyncio.gather(*asks, *(each.renew_due() for each in both))
    assert len(provider.asked) == 1
    assert {outcome.refreshed for outcome in found if outcome} == {Refreshed.RENEWED}
    assert await replicas.refresh_token(credential) == provider.refresh_token()
    assert await replicas.told(credential) == [(1, False), (2, True)]


async def test_what_a_person_changes_and_what_is_renewed_are_told_in_one_order(replicas: Replicas) -> None:
    """Neither undoes the other: each has a row of its own, and the revision counts both."""
    provider = RotatingProvider()
    credential = await replicas.put(CLIENT)
    refresher, vault = replicas.refresher(provider), replicas.vault()
    await refresher.renew_due()
    stale = await replicas.present(credential)
    await replicas.due_now(credential)
    await refresher.renew_due()
    renamed = stale.changed("me", NOW, name="another name")
    await vault.replace(renamed, stale)
    await replicas.due_now(credential)
    await refresher.renew_due()
    assert await replicas.told(credential) == [(1, False), (2, True), (3, True), (4, True), (5, True)]
    present = await replicas.present(credential)
    assert (present.name, present.revision, present.fact_revision) == ("another name", 2, 5)
    await vault.remove(present, NOW, "me")
    assert (await replicas.told(credential))[-1] == (6, False)


async def test_a_process_that_loses_its_lock_saves_nothing_and_another_one_takes_over(replicas: Replicas) -> None:
    provider = RotatingProvider(grace=1)
    credential = await replicas.connected(provider)

    async def connection_dies() -> None:
        provider.after = RotatingProvider().after
        async with session(replicas.app, {}, DatabaseWork.READ) as connection:
            query = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state = 'idle in transaction'"
            )
            assert await connection.fetchval(query)

    provider.after = connection_dies
    await replicas.refresher(provider).renew_due()
    assert await replicas.told(credential) == [(1, False)]
    await replicas.due_now(credential)
    await replicas.refresher(provider).renew_due()
    assert (len(provider.asked), provider.alive) == (2, True)
    assert await replicas.refresh_token(credential) == provider.refresh_token()
    assert await replicas.told(credential) == [(1, False), (2, True)]


async def test_that_of_a_deleted_connector_rests_until_it_is_restored(replicas: Replicas) -> None:
    provider = RotatingProvider()
    credential = await replicas.put(CLIENT)
    refresher, rows = replicas.refresher(provider), replicas.rows()
    await refresher.renew_due()
    steps = [rows.withdraw, rows.restore]
    for step, asked in zip(steps, (1, 2), strict=True):
        async with transaction(replicas.app, of_workspace(replicas.workspace), DatabaseWork.WRITE) as connection:
            stored = await replicas.present(credential)
            await step(connection, stored.changed("me", NOW))
        await replicas.due_now(credential)
        await refresher.renew_due()
        assert len(provider.asked) == asked
    assert await replicas.told(credential) == [(1, False), (2, True), (3, False), (4, True), (5, True)]


async def test_a_dead_grant_is_stale_for_who_reads_it(replicas: Replicas) -> None:
    provider = RotatingProvider()
    credential = await replicas.connected(provider)
    provider.alive = False
    await replicas.refresher(provider).renew_due()
    found = await replicas.present(credential)
    assert found.token is not None
    assert (found.token.state, found.present_status) == (TokenState.STALE, CredentialStatus.STALE)
    assert found.stale_because == "The provider answered 400: invalid_grant."


async def test_who_is_at_a_provider_comes_back_once_and_the_later_of_two_counts(replicas: Replicas) -> None:
    credential = await replicas.put(BY_PEOPLE)
    store = PostgresSignInStore(replicas.app, replicas.worker, replicas.rows())
    now = datetime.now(UTC)
    first, second, third = (
        SignIn(
            state, replicas.workspace, credential.id, credential.client, "sealed", by, None, b"binder", now + GOOD_FOR
        )
        for state, by in ((b"1", "me"), (b"2", "me"), (b"3", "her"))
    )
    for sign_in in (first, second, third):
        await store.add(sign_in)
    assert await store.take(b"1", now) is None
    assert await store.take(b"2", now) == second
    assert await store.take(b"2", now) is None
    await store.sweep(now)
    await store.sweep(now + 2 * GOOD_FOR)
    assert await store.take(b"3", now) is None
    found = await store.credential(replicas.workspace, credential.id)
    assert found is not None
    assert await store.credential(uuid4(), credential.id) is None
