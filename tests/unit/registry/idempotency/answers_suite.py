"""What every store of answers does, in memory and in Postgres."""

import asyncio
from uuid import uuid4

from connectors_shared.http.idempotency import Answer, Earlier, IdempotentAnswers

FIRST, SECOND = b"1" * 32, b"2" * 32
ANSWER = Answer(201, {"content-type": "application/json", "etag": '"1"'}, b'{"id": "\xc3\xa9"}')


class IdempotentAnswersSuite:
    """Of a fixture `answers`."""

    async def test_a_key_is_its_first_requests(self, answers: IdempotentAnswers) -> None:
        workspace = uuid4()
        assert await answers.begin(workspace, "k", FIRST) is None
        assert await answers.begin(workspace, "k", SECOND) == Earlier(FIRST, None)
        await answers.finish(workspace, "k", ANSWER)
        assert await answers.begin(workspace, "k", SECOND) == Earlier(FIRST, ANSWER)
        assert await answers.begin(workspace, "another", FIRST) is None

    async def test_a_workspace_has_its_own_keys(self, answers: IdempotentAnswers) -> None:
        first, second = uuid4(), uuid4()
        assert await answers.begin(first, "k", FIRST) is None
        assert await answers.begin(second, "k", SECOND) is None
        await answers.finish(first, "k", ANSWER)
        assert await answers.begin(second, "k", SECOND) == Earlier(SECOND, None)

    async def test_what_is_forgotten_is_free_again(self, answers: IdempotentAnswers) -> None:
        workspace = uuid4()
        await answers.begin(workspace, "k", FIRST)
        await answers.forget(workspace, "k")
        assert await answers.begin(workspace, "k", SECOND) is None

    async def test_what_was_done_is_not_forgotten(self, answers: IdempotentAnswers) -> None:
        workspace = uuid4()
        await answers.begin(workspace, "k", FIRST)
        await answers.finish(workspace, "k", ANSWER)
        await answers.forget(workspace, "k")
        assert await answers.begin(workspace, "k", FIRST) == Earlier(FIRST, ANSWER)

    async def test_of_many_at_once_one_begins(self, answers: IdempotentAnswers) -> None:
        workspace = uuid4()
        begun = await asyncio.gather(*(answers.begin(workspace, "k", FIRST) for _ in range(8)))
        assert sorted(begun, key=str) == [Earlier(FIRST, None)] * 7 + [None]
