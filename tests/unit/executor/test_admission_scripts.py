"""What a server's refusal means: it is away, or one key is damaged; and how the others of a batch go on."""

from collections.abc import Sequence

import pytest
from redis._parsers.base import BaseParser
from redis.asyncio import Redis

from connector_executor.admission.port import Ask, BudgetSpec, Claimed, Ended
from connector_executor.admission.redis import RedisAdmission
from connector_executor.admission.scripts import (
    AdmissionUnavailableError,
    DamagedKeyError,
    Scripts,
    in_parts,
    is_damage,
)

AWAY = (
    "OOM command not allowed when used memory > 'maxmemory'. script: on @user_script:1.",
    "READONLY You can't write against a read only replica. script: on @user_script:1.",
    "MISCONF Valkey is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "NOSCRIPT No matching script.",
    "LOADING Valkey is loading the dataset in memory",
    "CLUSTERDOWN The cluster is down",
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "MOVED 3999 127.0.0.1:6381",
    "NOREPLICAS Not enough good replicas to write.",
    "BUSY Valkey is busy running a script.",
    "NOAUTH Authentication required.",
    "NOPERM this user has no permissions to run the 'evalsha' command",
    "ERR ACL failure in script: User u has no permissions to run the 'set' command script: on @user_script:1.",
)
DAMAGE = (
    "WRONGTYPE Operation against a key holding the wrong kind of value script: on @user_script:1.",
    "ERR user_script:1: attempt to compare nil with number script: on @user_script:1.",
    "ERR value is not an integer or out of range script: on @user_script:1.",
    "CROSSSLOT Keys in request don't hash to the same slot",
)


@pytest.mark.parametrize(("line", "damage"), [(line, False) for line in AWAY] + [(line, True) for line in DAMAGE])
def test_what_a_refusal_means(line: str, damage: bool) -> None:
    assert is_damage(BaseParser.parse_error(line)) is damage


async def double(numbers: Sequence[int]) -> list[int]:
    if 13 in numbers:
        raise DamagedKeyError("13")
    return [2 * number for number in numbers]


@pytest.mark.parametrize("numbers", [[13], [1, 13], [13, 1, 2, 3, 13], list(range(20))])
async def test_one_that_cannot_be_done_costs_the_others_nothing(numbers: list[int]) -> None:
    assert await in_parts(numbers, double, lambda _number: -1) == [-1 if n == 13 else 2 * n for n in numbers]


async def test_a_server_that_is_away_is_not_asked_in_parts() -> None:
    asked: list[int] = []

    async def away(numbers: Sequence[int]) -> list[int]:
        asked.append(len(numbers))
        raise AdmissionUnavailableError("away")

    with pytest.raises(AdmissionUnavailableError):
        await in_parts([1, 2, 3], away, lambda _number: 0)
    assert asked == [3]


@pytest.mark.parametrize(("items", "parts"), [(0, [0]), (512, [512]), (1100, [512, 512, 76])])
async def test_many_are_asked_for_in_parts(items: int, parts: list[int]) -> None:
    asked: list[int] = []

    async def note(numbers: Sequence[int]) -> list[int]:
        asked.append(len(numbers))
        return list(numbers)

    assert await in_parts(range(items), note, lambda _number: -1) == list(range(items))
    assert asked == parts


async def test_what_is_here_is_told_in_parts_when_the_store_is_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    """No script may hold the server up for as long as many thousands of executions take."""
    runs: list[tuple[str, int]] = []

    async def run(_scripts: Scripts, name: str, keys: Sequence[str], _arguments: object) -> bytes:
        runs.append((name, len(keys)))
        return b"new"

    monkeypatch.setattr(Scripts, "run", run)
    admission = RedisAdmission(Redis(), "a")
    admission.generation = "old"
    claimed = [Claimed(Ask("w", str(number), BudgetSpec("c:1"))) for number in range(600)]
    assert await admission.join(claimed, [Ended("w", str(number)) for number in range(1100)]) == "new"
    assert [name for name, _ in runs] == ["join", *["reclaim"] * 2, *["settle"] * 3]
    assert max(keys for _, keys in runs) == 3 * 512
