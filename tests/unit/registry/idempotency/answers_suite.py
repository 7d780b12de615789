"""What every store of answers does, in memory and in Postgres."""

import asyncio
from uuid import UUID, uuid4

from connectors_shared.http.idempotency import Answer, Earlier, Held, IdempotentAnswers

FIRST, SECOND = b"1" * 32, b"2" * 32
ANSWER = Answer(201, {"content-type": "application/json", "etag": '"1"'}, b'{"id": "\xc3\xa9"}')


async def begun(answers: IdempotentAnswers, workspace: UUID, fingerprint: bytes = FIRST) -> Held:
    """The key `k`, which is free."""
    held = await answers.begin(workspace, "k", fingerprint)
    assert isinstance(held, Held)
    return held


class IdempotentAnswersSuite:
    """Of the fixtures `answers`, and `impatient`, which holds a key for no time."""

    async def test_a_key_is_its_first_requests(self, answers: IdempotentAnswers) -> None:
        workspace = uuid4()
        held = await begun(answers, workspace)
        assert await answers.begin(workspace, "k", SECOND) == Earlier(FIRST, None)
        await answers.finish(held, ANSWER)
        assert await answers.begin(workspace, "k", SECOND) == Earlier(FIRST, ANSWER)
        assert isinstance(await answers.begin(workspace, "another", FIRST), Held)

    async def test_a_workspace_has_its_own_keys(self, answers: IdempotentAnswers) -> None:
        first, second = uuid4(), uuid4()
        held = await begun(answers, first)
        await begun(answers, second, SECOND)
        await answers.finish(held, ANSWER)
        assert await answers.begin(second, "k", SECOND) == Earlier(SECOND, None)

    async def test_what_is_forgotten_is_free_again(self, answers: IdempotentAnswers) -> None:
        workspace = uuid4()
        await answers.forget(await begun(answers, workspace))
        await begun(answers, workspace, SECOND)

    async def test_what_was_done_is_not_forgotten(self, answers: IdempotentAnswers) -> None:
        workspace = uuid4()
        held = await begun(answers, workspace)
        await answers.finish(held, ANSWER)
        await answers.forget(held)
        assert await answers.begin(workspace, "k", FIRST) == Earlier(FIRST, ANSWER)

    async def test_of_many_at_once_one_begins(self, answers: IdempotentAnswers) -> None:
        workspace = uuid4()
        found = await asyncio.gather(*(answers.begin(workspace, "k", FIRST) for _ in range(8)))
        assert [each for each in found if isinstance(each, Earlier)] == [Earlier(FIRST, None)] * 7

    async def test_who_repeats_what_was_never_answered_has_the_key_in_its_place(
        self, impatient: IdempotentAnswers
    ) -> None:
        workspace = uuid4()
        gone = await begun(impatient, workspace)
        assert await impatient.begin(workspace, "k", SECOND) == Earlier(FIRST, None)
        held = await begun(impatient, workspace)
        await impatient.finish(gone, ANSWER)
        await impatient.forget(gone)
        other = Answer(200, {}, b"")
        await impatient.finish(held, other)
        assert await impatient.begin(workspace, "k", FIRST) == Earlier(FIRST, other)
