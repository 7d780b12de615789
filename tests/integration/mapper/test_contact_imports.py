"""CSV in and out on a real Postgres: uploaded, checked, imported by the job, exported, and imported once more."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from connectors_shared.http.body_limit import MAX_UPLOAD_BYTES
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role
from field_mapper.coercion import UserFieldCoercion
from field_mapper.imports.job import ImportJob
from field_mapper.imports.port import NewImport, NotNowError
from field_mapper.imports.sheets import Delimiter, Encoding
from field_mapper.outbound.imports import PostgresImports, _PostgresTurn
from field_mapper.outbound.retention import PostgresRetention
from field_mapper.outbound.session import PostgresContactSession
from tests.tokens import EDITOR, bearer

from .conftest import DEADLINE_SECONDS, JWT_SECRET, World

WORKSPACE = uuid4()
CSV = {"Content-Type": "text/csv"}
PATH = "/api/contact-imports"


@pytest.fixture
async def api(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    async with (
        world.mapper() as service,
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=service.api),
            base_url="http://mapper",
            headers=bearer(JWT_SECRET, WORKSPACE, EDITOR),
        ) as client,
    ):
        yield client


def plan_for(uploaded: dict[str, Any]) -> dict[str, Any]:
    columns = [{"column": each["column"], **each["suggestion"]} for each in uploaded["columns"] if each["suggestion"]]
    return {"columns": columns}


async def ended(api: httpx2.AsyncClient, import_id: str) -> dict[str, Any]:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            answer = await api.get(f"{PATH}/{import_id}")
            if answer.status_code == 503:  # beside another load Postgres may take longer than a request waits for it
                continue
            found: dict[str, Any] = answer.json()
            if found["status"] not in ("checking", "importing"):
                return found
            await asyncio.sleep(0.02)  # the job tells nobody that it has ended


async def test_a_file_is_checked_imported_exported_and_found_unchanged(api: httpx2.AsyncClient, world: World) -> None:
    text = "E-Mail;Vorname;Tags;custom_fields.note\n" + "".join(f"p{n}@x.org;P{n};a,b;=1+{n}\n" for n in range(600))
    uploaded = await api.post(PATH, content=(text + "nobody;X;;\n").encode(), headers=CSV)
    assert uploaded.status_code == 201, uploaded.text
    told = uploaded.json()
    assert (told["delimiter"], told["row_count"], told["columns"][0]["samples"][0]) == ("semicolon", 601, "p0@x.org")
    plan, place = plan_for(told), f"{PATH}/{told['id']}"
    assert (await api.post(f"{place}/check", json=plan)).status_code == 202
    checked = await ended(api, told["id"])
    counts = {"created": 600, "updated": 0, "unchanged": 0, "skipped": 0, "refused": 1, "errors": 1}
    assert (checked["status"], checked["counts"]) == ("checked", counts)
    assert [(error["row"], error["name"], error["cell"]) for error in checked["errors"]] == [(602, "E-Mail", "nobody")]
    assert await world.pool.fetchval("SELECT count(*) FROM contacts") == 0
    assert (await api.post(f"{place}/start", json=plan)).status_code == 202
    assert (await ended(api, told["id"]))["counts"] == counts
    assert await world.pool.fetchval("SELECT count(*) FROM contact_import_parts") == 0
    assert "nobody" in (await api.get(f"{place}/errors.csv")).text
    export = await api.get("/api/contact-export")
    assert "'=1+7" in export.text
    again = (await api.post(PATH, content=export.content, headers=CSV)).json()
    await api.post(f"{PATH}/{again['id']}/start", json=plan_for(again))
    assert (await ended(api, again["id"]))["counts"] | {"unchanged": 0} == dict.fromkeys(counts, 0)
    contact = (await api.get("/api/contacts", params={"email": "p7@x.org"})).json()["contacts"][0]
    assert contact["custom_fields"] == {"note": "=1+7"}
    assert contact["origins"]["email"]["import"] == told["id"]
    [change] = (await api.get(f"/api/contacts/{contact['id']}/history")).json()["changes"]
    assert (change["import_id"], change["created"]) == (told["id"], True)


class KilledError(Exception):
    """The process is gone."""


class Dying(ImportJob):
    """Its process ends in the middle of its third part, when that is written and not committed."""

    parts = 0

    async def _imported(self, turn: Any, ahead: Any) -> Any:
        now = await super()._imported(turn, ahead)
        self.parts += 1
        if self.parts == 3:
            raise KilledError
        return now


class OnlyOurs(PostgresImports):
    """Finds imports although others find none."""

    claim = PostgresImports.claim


async def nothing_found(_store: PostgresImports, _lease: UUID) -> None:
    return None


async def test_an_import_that_is_killed_goes_on_and_writes_each_row_once(
    api: httpx2.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("field_mapper.imports.uploading.PART_ROWS", 10)
    text = "email,first_name\n" + "".join(f"p{n}@x.org,P{n}\n" for n in range(60))
    workspace = uuid4()
    api.headers.update(bearer(JWT_SECRET, workspace, EDITOR))
    uploaded = (await api.post(PATH, content=text.encode(), headers=CSV)).json()
    async with await open_pool(
        world.settings.database_url_of(Role.WORKER), schema="mapper", role=Role.WORKER
    ) as worker:
        store = OnlyOurs(world.app, worker)
        job = Dying(store, lambda _workspace: UserFieldCoercion("US"), SystemClock())
        # The jobs of the others find nothing.
        monkeypatch.setattr(PostgresImports, "claim", nothing_found)
        await api.post(f"{PATH}/{uploaded['id']}/start", json=plan_for(uploaded))
        with pytest.raises(KilledError):
            await job.once()
        half = await store.get(workspace, UUID(uploaded["id"]))
        assert half is not None
        assert (half.next_part, half.counts.created) == (2, 20)
        assert await world.pool.fetchval("SELECT count(*) FROM contacts") == 20
        again = ImportJob(store, lambda _workspace: UserFieldCoercion("US"), SystemClock())
        while await again.once() == 0:
            pass
    done = await ended(api, uploaded["id"])
    assert (done["status"], done["counts"]["created"]) == ("done", 60)
    assert await world.pool.fetchval("SELECT count(*) FROM contacts") == 60
    assert await world.pool.fetchval("SELECT count(*) FROM contact_edits") == 60


STEPS = ("serialize_creation", "find", "hold", "lock", "load_custom", "definitions", "define", "next_in_order", "save")


async def test_whatever_step_an_import_is_killed_at_nothing_is_lost_or_doubled(
    api: httpx2.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the part that is written, and of the one that is tried ahead. Neighbouring parts are about the same people."""
    monkeypatch.setattr("field_mapper.imports.uploading.PART_ROWS", 2)
    text = "email,first_name,custom_fields.n\n" + "".join(f"p{n // 3}@x.org,P{n},{n}\n" for n in range(18))
    workspace, steps, dies_at = uuid4(), 0, 1
    api.headers.update(bearer(JWT_SECRET, workspace, EDITOR))
    uploaded = (await api.post(PATH, content=text.encode(), headers=CSV)).json()
    monkeypatch.setattr(PostgresImports, "claim", nothing_found)
    await api.post(f"{PATH}/{uploaded['id']}/start", json=plan_for(uploaded))

    def dying(owner: Any, name: str) -> None:
        does = getattr(owner, name)

        async def step(*arguments: Any, **named: Any) -> Any:
            nonlocal steps
            done = await does(*arguments, **named)
            steps += 1
            if steps == dies_at:
                raise KilledError
            return done

        monkeypatch.setattr(owner, name, step)

    for name in STEPS:
        dying(PostgresContactSession, name)
    dying(_PostgresTurn, "advance")
    async with await open_pool(
        world.settings.database_url_of(Role.WORKER), schema="mapper", role=Role.WORKER
    ) as worker:
        store = OnlyOurs(world.app, worker)
        while True:
            steps = 0
            try:
                while await ImportJob(store, lambda _workspace: UserFieldCoercion("US"), SystemClock()).once() == 0:
                    pass
                if steps < dies_at:
                    break
            except KilledError:
                pass
            dies_at += 1
    done = await ended(api, uploaded["id"])
    counts = done["counts"]
    assert (done["status"], counts["created"], counts["updated"], counts["refused"]) == ("done", 6, 12, 0)
    about = "SELECT first_name FROM contacts WHERE workspace_id = $1"
    names = {row["first_name"] for row in await world.pool.fetch(about, workspace)}
    assert names == {f"P{n}" for n in range(2, 18, 3)}
    assert await world.pool.fetchval("SELECT count(*) FROM contact_edits WHERE workspace_id = $1", workspace) == 18


async def test_what_is_no_file_leaves_nothing(api: httpx2.AsyncClient, world: World) -> None:
    for body, headers, status in (
        (b"a,b\n", CSV, 422),
        (b"a\n\xff\n", CSV, 422),
        (b"a\n1\n", {"Content-Type": "application/json"}, 415),
        (b"a\n1\n", CSV | {"Content-Length": str(MAX_UPLOAD_BYTES + 1)}, 413),
    ):
        assert (await api.post(PATH, content=body, headers=headers)).status_code == status
    assert await world.pool.fetchval("SELECT count(*) FROM contact_imports") == 0


async def test_a_plan_is_refused_with_a_pointer_and_an_import_runs_once(api: httpx2.AsyncClient) -> None:
    uploaded = (await api.post(PATH, content=b"email\na@x.org\n", headers=CSV)).json()
    wrong = {"columns": [{"column": 1, "target_field": "email"}, {"column": 0, "target_field": "nickname"}]}
    answer = await api.post(f"{PATH}/{uploaded['id']}/start", json=wrong)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/columns/0/column", "/columns/1/target_field"]
    assert (await api.post(f"{PATH}/{uploaded['id']}/start", json=plan_for(uploaded))).status_code == 202
    assert (await ended(api, uploaded["id"]))["status"] == "done"
    again = await api.post(f"{PATH}/{uploaded['id']}/start", json=plan_for(uploaded))
    assert (again.status_code, again.json()["type"]) == (409, "/problems/import-not-ready")
    assert (await api.post(f"{PATH}/{uploaded['id']}/cancel")).status_code == 409
    assert (await api.get(f"{PATH}/{uuid4()}")).status_code == 404
    listed = (await api.get(PATH)).json()
    assert uploaded["id"] in [each["id"] for each in listed["imports"]]


async def test_one_that_is_cancelled_while_it_is_uploaded_gets_no_more_rows(
    api: httpx2.AsyncClient, world: World
) -> None:
    store, new = PostgresImports(world.app, world.app), uuid4()
    await store.begin(NewImport(WORKSPACE, new, None, 5, Encoding.UTF_8, Delimiter.COMMA, ["email"], "ann"))
    await store.add_part(WORKSPACE, new, 0, [(2, ["a@x.org"])])
    first = (await api.post(f"{PATH}/{new}/cancel")).json()
    assert first["status"] == "cancelled"
    with pytest.raises(NotNowError, match="cancelled"):
        await store.add_part(WORKSPACE, new, 1, [(3, ["b@x.org"])])
    with pytest.raises(NotNowError, match="cancelled"):
        await store.finish(WORKSPACE, new, 2, 2, [])
    assert await world.pool.fetchval("SELECT count(*) FROM contact_import_parts WHERE import_id = $1", new) == 0
    assert (await api.post(f"{PATH}/{new}/cancel")).json() == first
    about = "SELECT count(*) FROM audit_entries WHERE thing_id = $1"
    assert await world.pool.fetchval(about, str(new)) == 1


@pytest.mark.parametrize(("status", "kept"), [("uploaded", 0), ("checked", 0), ("checking", 1), ("importing", 1)])
async def test_what_nobody_goes_on_with_is_forgotten_after_a_day_and_not_what_runs(
    world: World, status: str, kept: int
) -> None:
    workspace, new = uuid4(), uuid4()
    store = PostgresImports(world.app, world.app)
    await store.begin(NewImport(workspace, new, None, 5, Encoding.UTF_8, Delimiter.COMMA, ["email"], "ann"))
    await world.pool.execute(
        "UPDATE contact_imports SET status = $2, changed_at = now() - interval '2 days' WHERE id = $1", new, status
    )
    async with await open_pool(
        world.settings.database_url_of(Role.WORKER), schema="mapper", role=Role.WORKER
    ) as worker:
        await PostgresRetention(worker).forget_imports()
    assert await world.pool.fetchval("SELECT count(*) FROM contact_imports WHERE id = $1", new) == kept
