"""The twin."""

import pytest

from connectors_shared.http.answers.memory import InMemoryIdempotentAnswers
from tests.unit.registry.idempotency.answers_suite import IdempotentAnswersSuite


class TestInMemory(IdempotentAnswersSuite):
    @pytest.fixture
    def answers(self) -> InMemoryIdempotentAnswers:
        return InMemoryIdempotentAnswers()

    @pytest.fixture
    def impatient(self) -> InMemoryIdempotentAnswers:
        return InMemoryIdempotentAnswers(held_seconds=0.0)
