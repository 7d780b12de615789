"""Answers of one process, for tests."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from connectors_shared.http.idempotency import HELD_SECONDS, Answer, Earlier, Held, KeyInUseError, promised


class InMemoryIdempotentAnswers:
    """Keeps everything."""

    def __init__(self, held_seconds: float = HELD_SECONDS) -> None:
        self._held_for = timedelta(seconds=held_seconds)
        self._requests: dict[tuple[UUID, str], tuple[Held, Earlier]] = {}

    async def begin(self, workspace_id: UUID, key: str, fingerprint: bytes) -> Earlier | Held:
        now = datetime.now(UTC)
        held, earlier = self._requests.get((workspace_id, key), (None, None))
        if held is not None and earlier is not None and not self._may_have(held, earlier, fingerprint, now):
            return earlier
        after = held.begun_at + timedelta.resolution if held is not None else now
        return self._hold(Held(workspace_id, key, max(now, after)), Earlier(fingerprint, None))

    async def finish(self, held: Held, answer: Answer) -> None:
        self._finish(held, answer)

    async def forget(self, held: Held) -> None:
        if self._has(held) and self._requests[held.workspace_id, held.key][1].answer is None:
            del self._requests[held.workspace_id, held.key]

    def keep_promise(self) -> None:
        """As `answers.postgres.keep_promise`, where something is done."""
        found = promised()
        if found is not None and not self._finish(*found):
            raise KeyInUseError

    def _may_have(self, held: Held, earlier: Earlier, fingerprint: bytes, now: datetime) -> bool:
        is_over = now - held.begun_at >= self._held_for
        return earlier.answer is None and earlier.fingerprint == fingerprint and is_over

    def _hold(self, held: Held, earlier: Earlier) -> Held:
        self._requests[held.workspace_id, held.key] = held, earlier
        return held

    def _has(self, held: Held) -> bool:
        present = self._requests.get((held.workspace_id, held.key))
        return present is not None and present[0] == held

    def _finish(self, held: Held, answer: Answer) -> bool:
        if not self._has(held):
            return False
        _, begun = self._requests[held.workspace_id, held.key]
        self._hold(held, Earlier(begun.fingerprint, answer))
        return True
