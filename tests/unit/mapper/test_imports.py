"""Rows of a CSV file become contacts: what a check says, and that each row is written once."""

import io
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from connectors_shared.contract.contact import TargetType
from connectors_shared.contract.updates import MappingReason
from connectors_shared.http.cursor import Cursor
from field_mapper.coercion import CustomFieldType, UserFieldCoercion
from field_mapper.imports.columns import CONTACT_ID, suggested
from field_mapper.imports.export import Export
from field_mapper.imports.job import ImportJob
from field_mapper.imports.known import MOST_BYTES, KnownKeys
from field_mapper.imports.plans import Counts, Plan, PlannedColumn
from field_mapper.imports.port import Import, NewImport, NotNowError, Status
from field_mapper.imports.rows import ImportedRow
from field_mapper.imports.sheets import open_sheet
from field_mapper.model import Contact, ContactKey, ContactRef
from field_mapper.outbound.reading import Page
from field_mapper.outbound.searching import ContactFilter

from .builders import NOON
from .conftest import StoppedClock
from .import_twin import InMemoryImports, KilledError
from .twin import InMemoryContacts

WORKSPACE = uuid4()


def user(column: int, field: str) -> PlannedColumn:
    return PlannedColumn(column, TargetType.USER_FIELD, field)


def custom(column: int, field: str) -> PlannedColumn:
    return PlannedColumn(column, TargetType.CUSTOM_FIELD, field)


class Desk:
    """Uploads in parts of `part` rows, and runs the job until it has nothing to do."""

    def __init__(self, store: InMemoryImports, job: ImportJob, part: int = 2) -> None:
        self.store = store
        self.job = job
        self.part = part

    async def upload(self, text: str) -> UUID:
        sheet, import_id = open_sheet(io.BytesIO(text.encode())), uuid4()
        await self.store.begin(
            NewImport(WORKSPACE, import_id, None, len(text), sheet.encoding, sheet.delimiter, sheet.header, "ann")
        )
        rows = list(sheet.rows)
        for number, start in enumerate(range(0, len(rows), self.part)):
            await self.store.add_part(WORKSPACE, import_id, number, rows[start : start + self.part])
        await self.store.finish(WORKSPACE, import_id, len(rows), len(self.store.parts[import_id]), [])
        return import_id

    async def run(self, import_id: UUID, plan: Plan, status: Status = Status.IMPORTING) -> Import:
        await self.store.begin_run(WORKSPACE, import_id, status, plan, "ann")
        return await self.go_on(import_id)

    async def go_on(self, import_id: UUID) -> Import:
        while await self.job.once() == 0:
            pass
        return self.store.imports[import_id]

    def contacts(self) -> list[Contact]:
        return list(self.store.contacts.committed.contacts.values())


@pytest.fixture
def store(contacts: InMemoryContacts) -> InMemoryImports:
    return InMemoryImports(contacts)


@pytest.fixture
def desk(store: InMemoryImports, coerce: UserFieldCoercion) -> Desk:
    return Desk(store, ImportJob(store, lambda _workspace: coerce, StoppedClock()))


PLAN = Plan((user(0, "email"), user(1, "first_name"), custom(2, "score")))
FILE = "email,name,score\nann@x.org,Ann,1\nbea@x.org,Bea,2\ncid@x.org,Cid,3\n"


async def test_rows_become_contacts_with_who_wrote_them_and_from_which_file(desk: Desk) -> None:
    import_id = await desk.upload(FILE)
    done = await desk.run(import_id, PLAN)
    assert (done.status, done.counts) == (Status.DONE, Counts(created=3))
    ann = next(contact for contact in desk.contacts() if contact.user["first_name"] == "Ann")
    assert ann.origins["email"] == {"at": "2026-01-02T00:00:00+00:00", "by": "ann", "import": str(import_id)}
    assert (ann.custom["score"].value, ann.custom["score"].type) == ("1", CustomFieldType.TEXT)
    assert {(edit.by, edit.import_id, edit.created) for edit in desk.store.contacts.committed.edits} == {
        ("ann", import_id, True)
    }


async def test_the_same_file_once_more_changes_nothing(desk: Desk) -> None:
    await desk.run(await desk.upload(FILE), PLAN)
    before, edits = desk.contacts(), len(desk.store.contacts.committed.edits)
    again = await desk.run(await desk.upload(FILE), PLAN)
    assert again.counts == Counts(unchanged=3)
    assert desk.contacts() == before
    assert len(desk.store.contacts.committed.edits) == edits


async def test_a_check_counts_as_the_import_will_and_writes_nothing(desk: Desk) -> None:
    await desk.run(await desk.upload("email,name,score\nann@x.org,Ann,1\n"), PLAN)
    text = "email,name,score\nann@x.org,Anna,1\nbea@x.org,Bea,2\nnone,Cid,3\nbea@x.org,Bea,2\nbea@x.org,Bee,2\n"
    import_id, before = await desk.upload(text), desk.contacts()
    checked = await desk.run(import_id, PLAN, Status.CHECKING)
    assert checked.status is Status.CHECKED
    assert (checked.counts.created, checked.counts.refused, checked.counts.errors) == (1, 1, 1)
    assert checked.counts.updated + checked.counts.unchanged == 3
    assert desk.contacts() == before
    done = await desk.run(import_id, PLAN)
    assert (done.counts.created, done.counts.refused) == (1, 1)
    assert len(desk.contacts()) == 2


async def test_a_row_with_a_wrong_cell_writes_nothing_and_says_what_to_change(desk: Desk) -> None:
    desk.store.contacts.committed.types[WORKSPACE, "score"] = CustomFieldType.NUMBER
    import_id = await desk.upload(
        "email,name,score\nann@x.org,Ann,one\nnone,Bea,2,extra\nnone,Cid,3\n\nd@x.org,Dan,4\n"
    )
    done = await desk.run(import_id, PLAN)
    assert done.counts == Counts(created=1, refused=3, errors=3)
    errors = await desk.store.errors(WORKSPACE, import_id, (0, -2), 10)
    assert [(error.row, error.column, error.reason, error.cell) for error in errors] == [
        (2, 2, MappingReason.VALUE, "one"),
        (3, None, MappingReason.LIMIT, ""),
        (4, 0, MappingReason.VALUE, "none"),
    ]
    assert [contact.user["first_name"] for contact in desk.contacts()] == ["Dan"]


@pytest.mark.parametrize("status", [Status.CHECKING, Status.IMPORTING])
@pytest.mark.parametrize("levels", [129, 900, 20_000])
async def test_a_cell_that_is_nested_too_deep_is_a_wrong_cell(desk: Desk, levels: int, status: Status) -> None:
    desk.store.contacts.committed.types[WORKSPACE, "score"] = CustomFieldType.JSON
    deep = "[" * levels + "]" * levels
    import_id = await desk.upload(f"email,name,score\nann@x.org,Ann,{deep}\nbea@x.org,Bea,[[2]]\n")
    done = await desk.run(import_id, PLAN, status)
    assert done.counts == Counts(created=1, refused=1, errors=1)
    [error] = await desk.store.errors(WORKSPACE, import_id, (0, -2), 10)
    assert (error.row, error.column) == (2, 2)
    assert "128 levels" in error.detail


async def test_brackets_that_are_no_json_are_text(desk: Desk) -> None:
    desk.store.contacts.committed.types[WORKSPACE, "score"] = CustomFieldType.JSON
    await desk.run(await desk.upload(f"email,name,score\nann@x.org,Ann,{'[' * 500}\n"), PLAN)
    assert [contact.custom["score"].value for contact in desk.contacts()] == ["[" * 500]


@pytest.mark.parametrize("error", [RecursionError(), ValueError("no such"), asyncpg.DataError("no such")])
async def test_a_row_that_raises_whatever_it_is_is_refused_alone(
    desk: Desk, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = ImportedRow.fit

    def failing(row: ImportedRow, definitions: Any) -> bool:
        if row.row == 3:
            raise error
        return fit(row, definitions)

    monkeypatch.setattr(ImportedRow, "fit", failing)
    import_id = await desk.upload(FILE)
    done = await desk.run(import_id, PLAN)
    assert (done.status, done.counts) == (Status.DONE, Counts(created=2, refused=1, errors=1))
    assert [each.row for each in await desk.store.errors(WORKSPACE, import_id, (0, -2), 10)] == [3]


async def test_an_outage_refuses_no_row(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_row: ImportedRow, _definitions: Any) -> bool:
        raise ConnectionResetError

    import_id = await desk.upload(FILE)
    with monkeypatch.context() as away:
        away.setattr(ImportedRow, "fit", failing)
        with pytest.raises(ConnectionResetError):
            await desk.run(import_id, PLAN)
    assert (await desk.go_on(import_id)).counts == Counts(created=3)


@pytest.mark.parametrize("killed_at", [{1}, {2}, {3}, {1, 3}, {1, 2, 4}])
async def test_whatever_turn_is_killed_each_row_is_written_once(desk: Desk, killed_at: set[int]) -> None:
    text = "email,name,score\n" + "".join(f"p{n}@x.org,P{n},{n}\n" for n in range(6))
    import_id = await desk.upload(text)
    await desk.store.begin_run(WORKSPACE, import_id, Status.IMPORTING, PLAN, "ann")
    desk.store.killed_at = killed_at
    for _ in killed_at:
        with pytest.raises(KilledError):
            await desk.go_on(import_id)
    done = await desk.go_on(import_id)
    assert (done.status, done.counts) == (Status.DONE, Counts(created=6))
    assert len(desk.contacts()) == len(desk.store.contacts.committed.edits) == 6


async def test_a_check_that_is_killed_begins_again(desk: Desk) -> None:
    import_id = await desk.upload(FILE)
    await desk.store.begin_run(WORKSPACE, import_id, Status.CHECKING, PLAN, "ann")
    desk.store.killed_at = {2}
    with pytest.raises(KilledError):
        await desk.go_on(import_id)
    assert (await desk.go_on(import_id)).counts == Counts(created=3)


class TickingClock(StoppedClock):
    """Each look at it takes so long that a turn is over after two parts."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        self.seconds += 2.6
        return self.seconds


PEOPLE = "email,name,score\n" + "".join(f"p{number % 7}@x.org,P{number},{number}\n" for number in range(20))


async def test_a_check_gives_up_its_turn_and_another_process_goes_on_with_what_it_knows(
    store: InMemoryImports, coerce: UserFieldCoercion
) -> None:
    jobs = [ImportJob(store, lambda _workspace: coerce, TickingClock()) for _ in range(2)]
    desk = Desk(store, jobs[0])
    checked, other = await desk.upload(PEOPLE), await desk.upload(FILE)
    await store.begin_run(WORKSPACE, checked, Status.CHECKING, PLAN, "ann")
    await store.begin_run(WORKSPACE, other, Status.IMPORTING, PLAN, "ann")
    await jobs[0].once()
    assert (store.imports[checked].next_part, store.leases) == (2, {})
    await jobs[0].once()
    assert store.imports[other].status is Status.DONE
    while store.imports[checked].status is Status.CHECKING:
        await jobs[1].once()
    assert store.imports[checked].counts.created == 7
    assert (store.imports[checked].counts.rows, store.turns) == (20, 10 + 2)


async def test_a_check_that_is_killed_after_a_turn_begins_again_and_one_that_is_asked_for_anew_does(
    store: InMemoryImports, coerce: UserFieldCoercion
) -> None:
    desk = Desk(store, ImportJob(store, lambda _workspace: coerce, TickingClock()))
    import_id = await desk.upload(PEOPLE)
    await store.begin_run(WORKSPACE, import_id, Status.CHECKING, PLAN, "ann")
    store.killed_at = {4}
    with pytest.raises(KilledError):
        await desk.go_on(import_id)
    store.leases.clear()
    await desk.job.once()
    await store.cancel(WORKSPACE, import_id)
    done = await desk.run(import_id, PLAN, Status.CHECKING)
    assert (done.counts.created, done.counts.rows) == (7, 20)


def test_known_keys_are_bounded_and_none_is_forgotten() -> None:
    known = KnownKeys.for_rows(1_000_000)
    assert len(known.kept) == MOST_BYTES == len(KnownKeys.for_rows(10**9).kept)
    few = KnownKeys.for_rows(3)
    keys = [ContactKey(WORKSPACE, "email", f"p{number}@x.org") for number in range(2_000)]
    assert not any(few.knows_any([key]) for key in keys)
    again = KnownKeys(bytearray(bytes(few.kept)))
    assert all(again.knows_any([ContactKey(WORKSPACE, "phone", "1"), key]) for key in keys)


async def test_a_row_that_names_a_deleted_contact_is_refused_and_the_others_are_written(desk: Desk) -> None:
    gone = uuid4()
    desk.store.contacts.committed.gone[ContactRef(WORKSPACE, gone)] = "ann"
    plan = Plan((user(0, CONTACT_ID), user(1, "email")))
    text = f"id,email\n{gone},ann@x.org\n{uuid4()},bea@x.org\n{gone},ann@x.org\n"
    for status in (Status.CHECKING, Status.IMPORTING):
        done = await desk.run(import_id := await desk.upload(text), plan, status)
        assert done.counts == Counts(created=1, refused=2, errors=2)
        errors = await desk.store.errors(WORKSPACE, import_id, (0, -2), 10)
        assert [(each.row, each.column, each.reason, each.cell) for each in errors] == [
            (row, 0, MappingReason.CONTACT_DELETED, str(gone)) for row in (2, 4)
        ]
    assert [contact.user["email"] for contact in desk.contacts()] == ["bea@x.org"]


async def test_an_import_that_is_cancelled_ends_where_it_is(desk: Desk) -> None:
    import_id = await desk.upload(FILE)
    await desk.store.begin_run(WORKSPACE, import_id, Status.IMPORTING, PLAN, "ann")
    await desk.store.cancel(WORKSPACE, import_id)
    assert (await desk.go_on(import_id)).status is Status.CANCELLED
    assert desk.contacts() == []
    with pytest.raises(NotNowError):
        await desk.store.begin_run(WORKSPACE, import_id, Status.IMPORTING, PLAN, "ann")


@pytest.mark.parametrize(
    ("options", "counts", "name"),
    [
        ({"create_if_not_exists": False}, Counts(updated=1, skipped=1), "Anna"),
        ({"update_existing": False}, Counts(created=1, skipped=1), "Ann"),
        ({"overwrite_existing": False}, Counts(created=1, unchanged=1), "Ann"),
        ({"match_by": ()}, Counts(created=2), "Ann"),
        ({"match_by": ("phone", "email")}, Counts(created=1, updated=1), "Anna"),
    ],
)
async def test_options_and_keys_are_those_of_mappings(
    desk: Desk, options: dict[str, Any], counts: Counts, name: str
) -> None:
    plan = Plan((user(0, "email"), user(1, "first_name")))
    await desk.run(await desk.upload("email,name\nann@x.org,Ann\n"), plan)
    first = desk.contacts()[0].ref
    changed = Plan(plan.columns, **options)
    done = await desk.run(await desk.upload("email,name\nAnn@x.org,Anna\nbea@x.org,Bea\n"), changed)
    assert done.counts == counts
    assert desk.store.contacts.committed.contacts[first].user["first_name"] == name


async def test_a_name_of_another_system_leads_to_its_contact_whatever_the_address(desk: Desk) -> None:
    plan = Plan((user(0, "external_id"), user(1, "email")))
    await desk.run(await desk.upload("crm,email\nc1,a@x.org\nc2,a@x.org\n"), plan)
    done = await desk.run(await desk.upload("crm,email\nc2,b@x.org\n"), plan)
    assert done.counts == Counts(updated=1)
    assert {contact.external_id: contact.user["email"] for contact in desk.contacts()} == {
        "c1": "a@x.org",
        "c2": "b@x.org",
    }


class Exported:
    """The contacts of the twin, as an export reads them, some at a time."""

    def __init__(self, contacts: list[Contact]) -> None:
        self.contacts = contacts

    async def page(self, _workspace: UUID, _wanted: ContactFilter, after: Any, _most: int) -> Page:
        ids = [contact.id for contact in self.contacts]
        start = ids.index(after.id) + 1 if after else 0
        shown = self.contacts[start : start + 2]
        return Page(shown, Cursor(NOON, shown[-1].id) if start + 2 < len(ids) else None)

    async def get(self, *_asked: Any) -> Contact | None:
        return None


async def test_what_is_exported_an_import_finds_unchanged(desk: Desk) -> None:
    text = (
        "email,phone,notes,tags,score,vip\n"
        'ann@x.org,+16266958105,"=cmd|\'/C\'!A0","a,b",-5,yes\n'
        'bea@x.org,,\'quoted,"[""c,d"",""=e""]",1.5,no\n'
        'cid@x.org,,"two\nlines; Ümläut","@x",,\n'
    )
    types = {"score": CustomFieldType.NUMBER, "vip": CustomFieldType.BOOLEAN}
    desk.store.contacts.committed.types.update({(WORKSPACE, name): kind for name, kind in types.items()})
    columns = (
        user(0, "email"),
        user(1, "phone"),
        user(2, "notes"),
        user(3, "tags"),
        custom(4, "score"),
        custom(5, "vip"),
    )
    await desk.run(await desk.upload(text), Plan(columns))
    assert {contact.user["email"]: contact.user.get("tags") for contact in desk.contacts()} == {
        "ann@x.org": ["a", "b"],
        "bea@x.org": ["c,d", "=e"],
        "cid@x.org": ["@x"],
    }
    from msgspec.structs import replace as changed

    there = [changed(contact, created_at=NOON, updated_at=NOON) for contact in desk.contacts()]
    export = Export(Exported(there), WORKSPACE, ContactFilter(), sorted(types))
    exported = b"".join([line async for line in export.lines(await export.first())]).decode()
    assert not any(cell.startswith(("=", "@", "+")) for line in exported.split("\n") for cell in line.split(","))
    import_id = await desk.upload(exported)
    header = desk.store.imports[import_id].header
    targets = suggested(header, dict.fromkeys(types))
    plan = Plan(tuple(PlannedColumn(place, *target) for place, target in enumerate(targets) if target))
    assert len(plan.columns) == len(header) - 2, "all but the times"
    assert (await desk.run(import_id, plan)).counts == Counts(unchanged=3)
