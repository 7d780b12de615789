"""The words that messages use: one that was ever sent is understood for ever."""

import json
from enum import StrEnum
from pathlib import Path

import pytest

from connectors_shared.contract.connector import Method, ValueType
from connectors_shared.contract.contact import (
    Clear,
    MatchKey,
    OnMappingError,
    Several,
    TagsRule,
    TargetType,
    UserField,
)
from connectors_shared.contract.credential import CredentialStatus
from connectors_shared.contract.execution import Lane, OnError, ResultStatus, Trigger
from connectors_shared.contract.facts import Kind
from connectors_shared.contract.failure import (
    AFTER_THE_CALL,
    BEFORE_THE_CALL,
    DURING_THE_CALL,
    DeadReason,
    FailureType,
)
from connectors_shared.contract.policy import BudgetShare, FullBacklogPolicy, StatusMeaning, UnhealthyPolicy
from connectors_shared.definition import auth, bodies

STORED: dict[str, list[str]] = json.loads((Path(__file__).parent / "words.json").read_text())
ENUMS: list[type[StrEnum]] = [
    BudgetShare,
    Clear,
    CredentialStatus,
    DeadReason,
    FailureType,
    FullBacklogPolicy,
    Kind,
    Lane,
    MatchKey,
    Method,
    OnError,
    OnMappingError,
    ResultStatus,
    Several,
    StatusMeaning,
    TagsRule,
    TargetType,
    Trigger,
    UnhealthyPolicy,
    UserField,
    ValueType,
]


WORDS = {kind.__name__: set(kind) for kind in ENUMS} | {"AuthKind": set(auth.KINDS), "BodyKind": set(bodies.KINDS)}


@pytest.mark.parametrize("kind", WORDS)
def test_no_word_disappears_and_a_new_one_is_stored(kind: str) -> None:
    stored, words = set(STORED[kind]), WORDS[kind]
    assert not stored - words, "a word that was sent once must stay readable: put it back"
    assert not words - stored, "a new word: add it to tests/contract/words.json"


def test_every_failure_has_its_place_in_the_tree() -> None:
    stages = [BEFORE_THE_CALL, DURING_THE_CALL, AFTER_THE_CALL]
    assert sorted(word for stage in stages for word in stage) == sorted(FailureType)
