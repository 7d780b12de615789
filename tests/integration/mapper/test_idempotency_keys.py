"""A POST with an Idempotency-Key is done once, whatever is lost after it was done."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from connectors_local.database_users import administrator
from connectors_shared.http.answers.postgres import PostgresIdempotentAnswers, keep_promise
from field_mapper.outbound import repository

from .conftest import DEADLINE_SECONDS
from .test_contacts_api import WORKSPACE, api, token

__all__ = ["api"]
KEY = {"Idempotency-Key": "k"}
CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
A_MINUTE_LATER = "UPDATE mapper.idempotent_requests SET begun_at = begun_at - interval '61 seconds'"
Cut = Callable[..., Awaitable[httpx2.Response]]


@pytest.fixture
def cut(api: httpx2.AsyncClient, administrator_url: str, monkeypatch: pytest.MonkeyPatch) -> Cut:
    """Sends it and loses every connection when it is done, before its answer is stored; then sends it again."""

    async def lost(*_arguments: Any) -> None:
        async with administrator(administrator_url) as admin:
            await admin.execute(CUT)
        raise ConnectionResetError

    async def post(path: str, body: dict[str, Any]) -> httpx2.Response:
        with monkeypatch.context() as patched:
            patched.setattr(PostgresIdempotentAnswers, "finish", lost)
            await api.post(path, json=body, headers=KEY)
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (again := await api.post(path, json=body, headers=KEY)).status_code == 503:
                await asyncio.sleep(0.02)  # until there are new connections
        assert again.headers["idempotency-replayed"] == "true", again.text
        return again

    return post


async def test_what_was_done_is_answered_as_before(api: httpx2.AsyncClient) -> None:
    first = await api.post("/api/contacts", json={"first_name": "Ann"}, headers=KEY)
    again = await api.post("/api/contacts", json={"first_name": "Ann"}, headers=KEY)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert (await api.post("/api/contacts", json={"first_name": "Bea"}, headers=KEY)).status_code == 422
    assert len((await api.get("/api/contacts")).json()["contacts"]) == 1


async def test_a_contact_whose_answer_was_lost_is_there_once(api: httpx2.AsyncClient, cut: Cut) -> None:
    again = await cut("/api/contacts", {"first_name": "Ann", "custom_fields": {"score": 7}})
    assert again.status_code == 201
    assert (await api.get("/api/contacts")).json()["contacts"] == [again.json()]


async def test_an_update_whose_answer_was_lost_is_done_once(api: httpx2.AsyncClient, cut: Cut) -> None:
    contact = (await api.post("/api/contacts", json={"first_name": "Ann"})).json()["id"]
    again = await cut(f"/api/contacts/{contact}/update", {"user_fields": {"first_name": "Bea"}})
    assert (again.status_code, again.json()["first_name"]) == (200, "Bea")
    history = (await api.get(f"/api/contacts/{contact}/history")).json()["changes"]
    assert len(history) == 2


async def test_a_field_whose_answer_was_lost_is_there_once(api: httpx2.AsyncClient, cut: Cut) -> None:
    api.headers.update(token(WORKSPACE, "contacts:read", "contacts:edit", "workspace:admin"))
    again = await cut("/api/contact-fields", {"name": "score", "type": "number"})
    assert (again.status_code, again.json()["name"]) == (201, "score")
    assert [field["name"] for field in (await api.get("/api/contact-fields")).json()] == ["score"]


async def test_a_write_that_broke_off_is_done_by_who_repeats_it(
    api: httpx2.AsyncClient, administrator_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what repeats it under its key, such as a run of a flow, would wait for a day."""

    async def broken(_connection: Any) -> None:
        raise ConnectionResetError

    async def post() -> httpx2.Response:
        return await api.post("/api/contacts", json={"first_name": "Ann"}, headers=KEY)

    with monkeypatch.context() as patched:
        patched.setattr(repository, "keep_promise", broken)
        assert (await post()).is_server_error
    assert (await post()).status_code == 409
    async with administrator(administrator_url) as admin:
        await admin.execute(A_MINUTE_LATER)
    assert (await post()).status_code == 201
    assert len((await api.get("/api/contacts")).json()["contacts"]) == 1


async def test_one_that_was_only_slow_writes_nothing_once_another_has_its_key(
    api: httpx2.AsyncClient, administrator_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def post() -> httpx2.Response:
        return await api.post("/api/contacts", json={"first_name": "Ann"}, headers=KEY)

    async def overtaken(connection: Any) -> None:
        monkeypatch.undo()
        async with administrator(administrator_url) as admin:
            await admin.execute(A_MINUTE_LATER)
        assert (await post()).status_code == 201
        await keep_promise(connection)

    monkeypatch.setattr(repository, "keep_promise", overtaken)
    assert (await post()).status_code == 409
    assert len((await api.get("/api/contacts")).json()["contacts"]) == 1
