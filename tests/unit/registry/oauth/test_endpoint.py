"""Token endpoints are strangers' addresses: guarded, bounded, not followed, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from connector_registry.grants.memory import InMemoryGrantStore
from connector_registry.grants.port import Grant
from connector_registry.oauth.endpoint import GuardedProvider, StoredPermissions
from connector_registry.oauth.port import Answer, Ask, Issued, Refused, Unavailable
from connector_registry.outbox.memory import InMemoryOutgoing
from connector_registry.workspaces.memory import InMemoryWorkspaceStore
from connectors_shared.egress import AddressGuard, LlhttpSender
from tests.unit.registry.oauth.a_provider import RotatingProvider
from tests.unit.registry.oauth.scene import CLIENT, WORKSPACE, Scene

TOKEN = b'{"access_token":"a","expires_in":60}'


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""])
    return head.encode() + body


class Endpoint:
    """Answers each request with the same bytes. `seen`: what came."""

    def __init__(self, said: bytes) -> None:
        self.said = said
        self.seen: list[bytes] = []
        self.port = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Endpoint"]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            self.seen.append(head + await reader.readexactly(length))
            writer.write(self.said)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self


class Registry:
    """A provider over a real sender, and the grants of the workspace."""

    def __init__(self) -> None:
        outgoing = InMemoryOutgoing()
        self.grants = InMemoryGrantStore(outgoing)
        guard = AddressGuard(internal_grants=True)
        self.sender = LlhttpSender(guard)
        permissions = StoredPermissions(self.grants, InMemoryWorkspaceStore(outgoing), guard)
        self.provider = GuardedProvider(self.sender, permissions)

    async def grant(self, port: int) -> Grant:
        grant = Grant(uuid4(), WORKSPACE, None, "127.0.0.1", port, "a test", "me", datetime.now(UTC))
        await self.grants.add(grant, 100)
        return grant

    async def ask(self, port: int) -> Answer:
        credential = Scene(RotatingProvider()).put(CLIENT | {"token_url": f"http://127.0.0.1:{port}/token"})
        secrets = {"client_secret": "secret-of-the-client"}
        return await self.provider.ask(Ask(credential, {"grant_type": "client_credentials"}, secrets))


@pytest.fixture
async def registry() -> AsyncIterator[Registry]:
    made = Registry()
    await made.sender.start()
    yield made
    await made.sender.close()


async def test_an_internal_endpoint_takes_a_grant_which_can_be_taken_away(registry: Registry) -> None:
    async with Endpoint(answer("200 OK", TOKEN)).open() as endpoint:
        refused = await registry.ask(endpoint.port)
        assert isinstance(refused, Refused)
        assert "may not be called" in refused.why
        assert endpoint.seen == []
        grant = await registry.grant(endpoint.port)
        assert await registry.ask(endpoint.port) == Issued("a", None, 60.0)
        assert len(endpoint.seen) == 1
        await registry.grants.remove(grant, grant.deletion(datetime.now(UTC)), "me")
        assert isinstance(await registry.ask(endpoint.port), Refused)
        assert len(endpoint.seen) == 1


async def test_nobody_is_followed_to_another_endpoint(registry: Registry) -> None:
    async with Endpoint(answer("200 OK", TOKEN)).open() as other:
        moved = answer("307 Temporary Redirect", b"", f"Location: http://127.0.0.1:{other.port}/token")
        async with Endpoint(moved).open() as endpoint:
            for port in (endpoint.port, other.port):
                await registry.grant(port)
            assert isinstance(await registry.ask(endpoint.port), Unavailable)
            assert other.seen == []


async def test_an_answer_without_end_is_cut_off_and_may_have_been_one(registry: Registry) -> None:
    async with Endpoint(answer("200 OK", b" " * 200_000 + TOKEN)).open() as endpoint:
        await registry.grant(endpoint.port)
        found = await registry.ask(endpoint.port)
        assert isinstance(found, Unavailable)
        assert found.unanswered


async def test_a_provider_says_when_to_come_again(registry: Registry) -> None:
    async with Endpoint(answer("429 Too Many Requests", b"", "Retry-After: 90")).open() as endpoint:
        await registry.grant(endpoint.port)
        assert await registry.ask(endpoint.port) == Unavailable("The provider answered 429.", asked_seconds=90.0)


async def test_one_that_is_not_there_has_certainly_done_nothing(registry: Registry) -> None:
    async with Endpoint(b"").open() as endpoint:
        port = endpoint.port
    await registry.grant(port)
    found = await registry.ask(port)
    assert isinstance(found, Unavailable)
    assert not found.unanswered
