"""Parts of a file are tried while the last one is written: whatever they have in common, as if each waited for it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from field_mapper.coercion import UserFieldCoercion
from field_mapper.imports.job import ImportJob
from field_mapper.imports.port import Import, Status
from field_mapper.model import Contact

from .conftest import StoppedClock
from .import_twin import InMemoryImports, KilledError
from .test_imports import PLAN, Desk, Plan, custom, user
from .twin import InMemoryContacts, InMemorySession

HEADER = "email,phone,name,score\n"
WIDE = Plan((user(0, "email"), user(1, "phone"), user(2, "first_name"), custom(3, "score")))
cells = st.tuples(
    st.sampled_from(["", "a@x.org", "b@x.org", "c@x.org", "nobody"]),
    st.sampled_from(["", "6265550001", "6265550002"]),
    st.sampled_from(["", "Ann", "Bea"]),
    st.sampled_from(["", "1", "2"]),
)


def a_desk(part: int) -> Desk:
    store, coerce = InMemoryImports(InMemoryContacts()), UserFieldCoercion("US")
    return Desk(store, ImportJob(store, lambda _workspace: coerce, StoppedClock()), part)


def values(contact: Contact) -> tuple[Any, ...]:
    return (*sorted(contact.user.items()), *sorted((name, one.value) for name, one in contact.custom.items()))


def left(desk: Desk, done: Import) -> tuple[Any, ...]:
    """All but the ids, which are of chance."""
    session = desk.store.contacts.committed
    edits = [(sorted(edit.changes.user), sorted(edit.changes.custom), edit.created) for edit in session.edits]
    return done.status, done.counts, sorted(map(values, desk.contacts())), edits


async def imported(desk: Desk, text: str, status: Status = Status.IMPORTING) -> Import:
    import_id = await desk.upload(text)
    await desk.store.begin_run(*(desk.store.imports[import_id].workspace_id, import_id), status, WIDE, "ann")
    while True:
        try:
            return await desk.go_on(import_id)
        except KilledError:
            continue


@settings(max_examples=150, deadline=None)
@given(st.lists(cells, min_size=1, max_size=12), st.integers(1, 4), st.sets(st.integers(1, 15), max_size=4))
async def test_parts_come_to_what_one_part_comes_to_whatever_is_killed(
    rows: list[tuple[str, ...]], part: int, killed_at: set[int]
) -> None:
    text = HEADER + "".join(",".join(row) + "\n" for row in rows if any(row)) + "z@x.org,,Zoe,\n"
    whole, parts = a_desk(len(rows) + 1), a_desk(part)
    parts.store.killed_at = killed_at
    assert left(parts, await imported(parts, text)) == left(whole, await imported(whole, text))


async def test_a_row_of_the_next_part_finds_whom_the_last_one_has_made() -> None:
    desk = a_desk(1)
    text = HEADER + "a@x.org,,Ann,1\na@x.org,,Anna,\n,6265550001,Bea,\na@x.org,6265550001,,2\n"
    done = await imported(desk, text)
    assert (done.counts.created, done.counts.updated) == (2, 2)
    assert {contact.user["first_name"] for contact in desk.contacts()} == {"Anna", "Bea"}


async def test_what_has_nothing_to_do_with_the_last_part_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    monkeypatch.setattr("field_mapper.imports.job.try_rows", counting(tried))
    desk = a_desk(2)
    await imported(desk, HEADER + "y@x.org,,,1\n")  # its field is known afterwards
    tried.clear()
    text = HEADER + "".join(f"p{n}@x.org,,P{n},{n}\n" for n in range(10))
    assert (await imported(desk, text)).counts.created == 10
    assert (tried, desk.store.looks) == ([2], 4)


def counting(tried: list[int]) -> Callable[..., Any]:
    from field_mapper.imports.applying import try_rows

    async def counted(session: InMemorySession, rows: list[Any], *others: Any) -> Any:
        tried.append(len(rows))
        return await try_rows(session, rows, *others)

    return counted


async def test_a_contact_that_somebody_changes_meanwhile_keeps_what_the_file_does_not_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = a_desk(1)
    await imported(desk, HEADER + "a@x.org,,Ann,\nb@x.org,,Bea,\n")
    [ref] = [contact.ref for contact in desk.contacts() if contact.user["first_name"] == "Bea"]

    def someone_writes() -> None:
        """Once."""
        monkeypatch.undo()
        there = desk.store.contacts.committed.contacts[ref]
        there.user["city"] = "Bonn"
        there.revision += 1

    monkeypatch.setattr(desk.store, "between_turns", someone_writes)
    await imported(desk, HEADER + "a@x.org,,Anne,\nb@x.org,,Beate,\n")
    there = desk.store.contacts.committed.contacts[ref]
    assert (there.user["first_name"], there.user["city"]) == ("Beate", "Bonn")


async def test_what_cannot_be_looked_at_is_written_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = a_desk(1)

    async def fails(*_arguments: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("field_mapper.imports.ahead.try_rows", fails)
    import_id = await desk.upload("email,name,score\na@x.org,Ann,1\nb@x.org,Bea,2\n")
    assert (await desk.run(import_id, PLAN)).counts.created == 2


async def test_a_part_that_was_tried_ahead_of_a_cancelled_import_is_not_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = a_desk(1)
    import_id = await desk.upload(HEADER + "a@x.org,,Ann,\nb@x.org,,Bea,\n")
    workspace_id = desk.store.imports[import_id].workspace_id

    def somebody_cancels() -> None:
        desk.store.leases.clear()
        desk.store._change(import_id, status=Status.CANCELLED)

    monkeypatch.setattr(desk.store, "between_turns", somebody_cancels)
    await desk.store.begin_run(workspace_id, import_id, Status.IMPORTING, WIDE, "ann")
    await desk.go_on(import_id)
    assert len(desk.contacts()) == 1
