"""Owners hear that a connector answers otherwise than its output schema says, until it does not any more."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from connector_registry.history.recording.drift import AT_ONCE, ENOUGH, DriftWatch, Sampled, drift_of
from connector_registry.noticing.memory import InMemoryNotices
from connector_registry.noticing.notice import Wanted
from connector_registry.schemas.inference import infer_schema
from connectors_shared.definition.auth.reading import MASK

WORKSPACE, CONNECTOR = UUID(int=1), UUID(int=2)
PERSON = {"name": "Ann", "age": 40, "address": {"city": "Berlin"}, "phones": [{"kind": "home", "number": "1"}]}
SAVED, _ = infer_schema([PERSON])
CASES: dict[str, tuple[Any, list[str]]] = {
    "the same": (PERSON, []),
    "more than before": (PERSON | {"email": "a@b.c"}, []),
    "a field that is gone": ({**PERSON, "address": {}}, ["/address/city"]),
    "another type": (PERSON | {"name": {"first": "Ann"}}, ["/name"]),
    "a list in place of an object": (PERSON | {"address": ["Berlin"]}, ["/address"]),
    "within the items of a list": (PERSON | {"phones": [{"kind": "home", "number": 1}]}, ["/phones/*/number"]),
    "a number that is not whole": (PERSON | {"age": 40.5}, []),
    "an empty list": (PERSON | {"phones": []}, []),
    "no object at all": ("gone", [""]),
}


@pytest.mark.parametrize(("answer", "pointers"), CASES.values(), ids=CASES)
def test_what_is_told(answer: Any, pointers: list[str]) -> None:
    found = drift_of(SAVED, [answer] * ENOUGH)
    assert [change.pointer for change in found] == [pointer or "/" for pointer in pointers]


def test_what_is_absent_or_null_now_and_then_is_no_news() -> None:
    sparse = [PERSON, {"name": None, "age": 1}, {"address": {"city": None}}] * ENOUGH
    assert drift_of(SAVED, sparse) == []


def test_a_field_that_was_null_when_the_schema_was_made_promised_nothing() -> None:
    saved, _ = infer_schema([{"name": None}])
    assert drift_of(saved, [{"name": "Ann"}] * ENOUGH) == []


def test_what_the_history_hides_is_not_missing() -> None:
    saved, _ = infer_schema([{"token": 5, "city": "Berlin"}])
    assert drift_of(saved, [{"token": MASK, "city": MASK}] * 2 + [{"token": MASK, "city": "Bonn"}]) == []


def test_a_schema_that_a_person_wrote_is_read_as_far_as_it_can_be() -> None:
    for schema in ({}, {"type": "object", "properties": 5}, {"$ref": "#"}, {"type": ["integer", "null"]}):
        assert drift_of(schema, [3] * ENOUGH) == [] or "type" in schema


class Answers:
    """Stands for the history: connectors by id, each with a schema and answers."""

    def __init__(self, notices: InMemoryNotices) -> None:
        self._notices = notices
        self.of: dict[UUID, tuple[dict[str, Any] | None, Sequence[Any]]] = {}

    async def following(self, after: UUID | None, most: int) -> list[Sampled]:
        later = sorted(id_ for id_ in self.of if after is None or id_ > after)
        return [Sampled(WORKSPACE, id_, *self.of[id_], told=await self._told(id_)) for id_ in later[:most]]

    async def _told(self, connector_id: UUID) -> bool:
        wanted = Wanted(is_open=True, connector_id=connector_id)
        return bool(await self._notices.page(WORKSPACE, wanted, None, 1))


async def test_a_notice_is_open_while_it_is_so() -> None:
    notices = InMemoryNotices()
    answers = Answers(notices)
    watch = DriftWatch(answers, notices)

    async def told(outputs: Sequence[Any], schema: dict[str, Any] | None = SAVED) -> list[str]:
        answers.of[CONNECTOR] = (schema, outputs)
        await watch.look()
        return [one.detail for one in await notices.page(WORKSPACE, Wanted(is_open=True), None, 10)]

    assert await told([PERSON] * ENOUGH) == []
    assert await told([{}] * (ENOUGH - 1)) == [], "too few to tell"
    [sentence] = await told([{**PERSON, "address": {}}] * ENOUGH)
    assert sentence.startswith(
        "Its last 20 answers are not what its output schema says: /address/city is not there any more."
    )
    [sentence] = await told([{}] * ENOUGH)
    assert "and 3 more. Flows" in sentence
    assert await told([PERSON] * ENOUGH) == []
    assert len(await told([{}] * ENOUGH)) == 1
    assert await told([{}] * ENOUGH, None) == [], "nothing is promised any more"
    assert len(await told([{}] * ENOUGH)) == 1
    assert await told([{}]) == [], "another version, which has hardly run"


async def test_all_are_looked_at_in_turn() -> None:
    notices = InMemoryNotices()
    answers = Answers(notices)
    for number in range(AT_ONCE + 1):
        answers.of[UUID(int=100 + number)] = (None, [])
    last = UUID(int=1000)
    answers.of[last] = (SAVED, [{}] * ENOUGH)
    watch = DriftWatch(answers, notices)
    counts = []
    for _ in range(3):
        await watch.look()
        counts.append(len(await notices.page(WORKSPACE, Wanted(connector_id=last), None, 10)))
    assert counts == [0, 1, 1]


async def test_an_outage_is_waited_for() -> None:
    class Away(Answers):
        async def following(self, after: UUID | None, most: int) -> list[Sampled]:
            raise ConnectionError("away")

    notices = InMemoryNotices()
    assert await DriftWatch(Away(notices), notices).look() > 0
