"""Answers of one process, for tests."""

from uuid import UUID

from connectors_shared.http.idempotency import Answer, Earlier, promised


class InMemoryIdempotentAnswers:
    """Keeps everything."""

    def __init__(self) -> None:
        self._requests: dict[tuple[UUID, str], Earlier] = {}

    async def begin(self, workspace_id: UUID, key: str, fingerprint: bytes) -> Earlier | None:
        earlier = self._requests.get((workspace_id, key))
        if earlier is None:
            self._requests[workspace_id, key] = Earlier(fingerprint, None)
        return earlier

    async def finish(self, workspace_id: UUID, key: str, answer: Answer) -> None:
        self._finish(workspace_id, key, answer)

    async def forget(self, workspace_id: UUID, key: str) -> None:
        if self._requests[workspace_id, key].answer is None:
            del self._requests[workspace_id, key]

    def keep_promise(self) -> None:
        """As `answers.postgres.keep_promise`, where something is done."""
        found = promised()
        if found is not None:
            self._finish(*found)

    def _finish(self, workspace_id: UUID, key: str, answer: Answer) -> None:
        begun = self._requests[workspace_id, key]
        self._requests[workspace_id, key] = Earlier(begun.fingerprint, answer)
