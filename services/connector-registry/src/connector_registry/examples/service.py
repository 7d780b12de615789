"""Keeps tests as examples of their connector: the one place that knows the order of the steps."""

import asyncio
from collections.abc import Callable
from typing import Final
from uuid import UUID, uuid4

import msgspec

from connector_registry.connectors.port import Drafts
from connector_registry.examples.port import MOST_EXAMPLES, Example, ExampleDraft, ExampleMissing, ExampleStore
from connector_registry.examples.redaction import redacted, redacted_text
from connectors_shared.contract.trial import BodyKind
from connectors_shared.http.cursor import Cursor
from connectors_shared.http.idempotency import no_promise
from connectors_shared.http.principal import Principal
from connectors_shared.http.problems import FieldProblem, InvalidRequestError
from connectors_shared.runtime.clock import Clock

MOST_BYTES: Final = 256 * 1024
"""Of one, as JSON."""


class ExampleBook:
    """Each caller sees those of their own workspace."""

    def __init__(self, store: ExampleStore, connectors: Drafts, clock: Clock) -> None:
        self._store = store
        self._connectors = connectors
        self._clock = clock

    async def keep(
        self,
        who: Principal,
        connector_id: UUID,
        draft: ExampleDraft,
        promise: Callable[[Example], None] = no_promise,
    ) -> Example:
        """`promise` is told of it before it is there.

        Raises InvalidRequestError, ConnectorMissing, ExampleExists or TooManyExamples.
        """
        _check(draft)
        await self._connectors.saved(who, connector_id)
        example = await asyncio.to_thread(self._example, who, connector_id, draft)
        promise(example)
        await self._store.add(example, MOST_EXAMPLES)
        return example

    async def page(self, who: Principal, connector_id: UUID, limit: int, after: Cursor | None) -> list[Example]:
        """Raises ConnectorMissing."""
        await self._connectors.saved(who, connector_id)
        return await self._store.page(who.workspace_id, connector_id, limit, after)

    async def find(self, who: Principal, connector_id: UUID, example_id: UUID) -> Example:
        """Raises ExampleMissing."""
        found = await self._store.find(who.workspace_id, connector_id, example_id)
        if found is None:
            raise ExampleMissing
        return found

    async def remove(self, who: Principal, connector_id: UUID, example_id: UUID) -> None:
        """Raises ExampleMissing."""
        if not await self._store.remove(who.workspace_id, connector_id, example_id):
            raise ExampleMissing

    def _example(self, who: Principal, connector_id: UUID, draft: ExampleDraft) -> Example:
        body = draft.response.body
        return Example(
            id=uuid4(),
            workspace_id=who.workspace_id,
            connector_id=connector_id,
            name=draft.name,
            inputs=redacted(draft.inputs),
            status=draft.response.status,
            content_type=body.content_type[:200],
            text=redacted_text(body.text or "", body.content_type),
            output=redacted(draft.output),
            created_at=self._clock.now(),
            created_by=who.user_id,
        )


def _check(draft: ExampleDraft) -> None:
    body, problems = draft.response.body, list[FieldProblem]()
    if body.truncated:
        problems.append(FieldProblem(pointer="/response/body/text", detail="is cut: an example needs the whole answer"))
    if body.kind is BodyKind.BINARY:
        problems.append(FieldProblem(pointer="/response/body/kind", detail="must be text"))
    size = len(msgspec.json.encode([draft.inputs, body.text, draft.output]))
    if size > MOST_BYTES:
        detail = f"inputs, answer and output have {size} bytes, and at most {MOST_BYTES} are kept"
        problems.append(FieldProblem(pointer="", detail=detail))
    if problems:
        raise InvalidRequestError(problems)
