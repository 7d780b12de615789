"""Begins, changes and discards drafts: the one place that knows the order of the steps."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec

from connector_registry.drafts.port import (
    Ceilings,
    Draft,
    DraftChanged,
    DraftHead,
    DraftMissing,
    DraftStore,
    StaleDraft,
)
from connector_registry.drafts.redaction import without_secrets
from connector_registry.drafts.shapes import DraftChange, DraftStart, LastTest
from connector_registry.examples.port import ExampleDraft
from connectors_shared.http.idempotency import no_promise
from connectors_shared.http.principal import Principal
from connectors_shared.http.problems import FieldProblem, InvalidRequestError
from connectors_shared.runtime.clock import Clock

MOST: Final = Ceilings(own=20, all=500)
MOST_BYTES: Final = 256 * 1024
"""Of one, as JSON."""
MOST_EXAMPLE_BYTES: Final = 512 * 1024
"""Of its examples together, as JSON."""
MOST_TEST_BYTES: Final = 256 * 1024
"""Of the last test, as JSON."""


class DraftDesk:
    """Each caller sees their own. `redacted`: a test without what is secret."""

    def __init__(self, store: DraftStore, clock: Clock, redacted: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self._store = store
        self._clock = clock
        self._redacted = redacted

    async def begin(self, who: Principal, start: DraftStart, promise: Callable[[Draft], None] = no_promise) -> Draft:
        """`promise` is told of it before it is there.

        Raises InvalidRequestError, ConnectorMissing, DraftExists or TooManyDrafts.
        """
        now = self._clock.now()
        draft = Draft(
            id=uuid4(),
            workspace_id=who.workspace_id,
            owner=who.user_id,
            connector_id=start.connector_id,
            base_revision=start.base_revision,
            step=start.step,
            document=await _kept(start.connector),
            examples=await self._kept_examples(start.examples),
            last_test=await self._kept_test(start.last_test),
            revision=1,
            created_at=now,
            updated_at=now,
        )
        promise(draft)
        await self._store.add(draft, MOST)
        return draft

    async def all(self, who: Principal, connector_id: UUID | None) -> list[DraftHead]:
        return await self._store.all(who.workspace_id, who.user_id, connector_id)

    async def find(self, who: Principal, draft_id: UUID) -> Draft:
        """Raises DraftMissing."""
        found = await self._store.find(who.workspace_id, who.user_id, draft_id)
        if found is None:
            raise DraftMissing
        return found

    async def change(
        self, who: Principal, draft_id: UUID, change: DraftChange, expected: frozenset[int] | None
    ) -> Draft:
        """`expected` None: any revision. Raises InvalidRequestError, DraftMissing or StaleDraft."""
        was = await self.find(who, draft_id)
        if expected is not None and was.revision not in expected:
            raise StaleDraft(was.revision)
        now = replace(
            was,
            base_revision=change.base_revision,
            step=change.step,
            document=await _kept(change.connector),
            examples=await self._kept_examples(change.examples),
            last_test=await self._kept_test(change.last_test),
            revision=was.revision + 1,
            updated_at=self._clock.now(),
        )
        try:
            await self._store.replace(now)
        except DraftChanged:
            raise StaleDraft((await self.find(who, draft_id)).revision) from None
        return now

    async def discard(self, who: Principal, draft_id: UUID) -> None:
        """Raises DraftMissing."""
        if not await self._store.remove(who.workspace_id, who.user_id, draft_id):
            raise DraftMissing

    async def _kept_examples(self, examples: list[ExampleDraft]) -> list[dict[str, Any]]:
        """Raises InvalidRequestError."""
        texts = [example.to_json() for example in examples]
        _check("/examples", "have", sum(map(len, texts)), MOST_EXAMPLE_BYTES)
        return await asyncio.to_thread(lambda: [self._redacted(msgspec.json.decode(text)) for text in texts])

    async def _kept_test(self, test: LastTest | None) -> dict[str, Any] | None:
        """Raises InvalidRequestError."""
        if test is None:
            return None
        text = test.to_json()
        _check("/lastTest", "has", len(text), MOST_TEST_BYTES)
        kept = await asyncio.to_thread(lambda: self._redacted(msgspec.json.decode(text)))
        # Masks and numbers in full may make it longer: what is given back is taken again.
        _check("/lastTest", "without what is secret has", len(msgspec.json.encode(kept)), MOST_TEST_BYTES)
        return kept


async def _kept(document: dict[str, Any]) -> dict[str, Any]:
    """Raises InvalidRequestError."""
    _check("/connector", "has", len(msgspec.json.encode(document)), MOST_BYTES)
    return await asyncio.to_thread(without_secrets, document)


def _check(pointer: str, verb: str, size: int, most: int) -> None:
    """Raises InvalidRequestError."""
    if size > most:
        detail = f"{verb} {size} bytes as JSON, and of a draft at most {most} are kept"
        raise InvalidRequestError([FieldProblem(pointer=pointer, detail=detail)])
