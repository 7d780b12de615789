"""A file comes in pieces: what is kept of it, and what becomes of one that trickles or is cancelled."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

import pytest
from fastapi import Request
from starlette.types import Message

from field_mapper.imports.port import Import, NotNowError, Status
from field_mapper.imports.sheets import Row
from field_mapper.imports.uploading import SAMPLE_CHARACTERS, Upload, Uploads, UploadTooSlowError

from .import_twin import InMemoryImports
from .twin import InMemoryContacts

WORKSPACE = uuid4()


@pytest.fixture
def store(contacts: InMemoryContacts) -> InMemoryImports:
    return InMemoryImports(contacts)


async def uploaded(store: InMemoryImports, pieces: AsyncIterator[bytes]) -> Import:
    async def receive() -> Message:
        piece = await anext(pieces, b"")
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    request = Request({"type": "http", "method": "POST", "headers": [(b"content-type", b"text/csv")]}, receive)
    return await Uploads(store).take(request, Upload(WORKSPACE, "ann", None, None, None))


async def pieces_of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def test_samples_are_a_glance_at_the_first_rows_however_large_they_are(store: InMemoryImports) -> None:
    long, wide = b"a,b\n" + b"x" * 100_000 + b",2\n", ",".join(["y" * 500] * 500).encode()
    found = await uploaded(store, pieces_of(long))
    assert [[len(cell) for cell in row] for row in found.samples] == [[200, 1]]
    header = ",".join(f"c{n}" for n in range(500)).encode()
    found = await uploaded(store, pieces_of(header, b"\n", wide, b"\n", wide))
    assert [len(row) for row in found.samples] == [500, 500]
    assert all(sum(map(len, row)) <= SAMPLE_CHARACTERS for row in found.samples)
    assert len(store.parts[found.id][0][0][1][0]) == 500, "the rows are whole"


async def test_an_upload_that_trickles_gives_its_place_back(
    store: InMemoryImports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("field_mapper.imports.uploading.LEAST_RATE", 10**12)
    monkeypatch.setattr("field_mapper.imports.uploading.SLACK_SECONDS", 0.0)

    async def trickling() -> AsyncIterator[bytes]:
        for _ in range(100):
            await asyncio.sleep(0)
            yield b"a\n"

    with pytest.raises(UploadTooSlowError):
        await uploaded(store, trickling())
    assert store.imports == {}


async def test_an_upload_that_is_cancelled_says_so_and_stays_cancelled(store: InMemoryImports) -> None:
    class Cancelling(InMemoryImports):
        async def add_part(self, workspace_id: UUID, import_id: UUID, number: int, rows: Sequence[Row]) -> None:
            await self.cancel(workspace_id, import_id)
            await super().add_part(workspace_id, import_id, number, rows)

    cancelling = Cancelling(store.contacts)
    with pytest.raises(NotNowError, match="cancelled"):
        await uploaded(cancelling, pieces_of(b"a\n1\n"))
    [kept] = cancelling.imports.values()
    assert kept.status is Status.CANCELLED
    assert cancelling.parts[kept.id] == []
