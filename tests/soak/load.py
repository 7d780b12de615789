"""What is asked of the connectors, and when: a pure function of the seed."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from connectors_shared.contract.contact import FieldMapping, TargetType
from connectors_shared.contract.execution import ConnectorExecute, Lane
from tests.soak.cast import WORKSPACE, Connector

TWICE = 0.03
"""The share of executions that is published a second time."""
MAPPED = 0.5
POISONED = 0.005
USED = 0.45
"""The share of a limited connector's capacity that is asked of it, so that it is idle again at the end."""
CONTACTS = 120
LANES = ((Lane.NORMAL, 0.8), (Lane.BULK, 0.12), (Lane.INTERACTIVE, 0.08))
FIELDS = ("notes", "company", "job_title")
CUSTOM_FIELD = "last_seen"


@dataclass(frozen=True, slots=True)
class Planned:
    """A message of `connector.execute`, published at each of the times `at` (seconds from the start).

    Poison has no connector, and its id is what the dead letter is recognised by: the value's text.
    """

    id: str
    at: tuple[float, ...]
    key: bytes
    value: bytes
    connector: Connector | None = None
    contact_id: str | None = None
    fields: tuple[str, ...] = ()


def plan_load(seed: int, cast: Sequence[Connector], executions: int, seconds: float) -> list[Planned]:
    """In no order. At least half of `seconds` is left for those that are published late a second time."""
    rng = random.Random(f"load {seed}")
    contacts = [str(_uuid(rng)) for _ in range(CONTACTS)]
    planned = [
        _execution(rng, connector, at, seconds, contacts)
        for connector, count in _shares(cast, executions, seconds)
        for at in _times(rng, connector, count, seconds)
    ]
    return planned + [_poison(rng, number, seconds) for number in range(max(len(POISON), round(executions * POISONED)))]


def _shares(cast: Sequence[Connector], executions: int, seconds: float) -> list[tuple[Connector, int]]:
    """By weight; what a limit cannot take goes to those that have none."""
    total = sum(connector.role.weight / connector.role.connectors for connector in cast)
    counts = {}
    for connector in cast:
        wanted = round(executions * connector.role.weight / connector.role.connectors / total)
        room = USED * connector.role.per_second * seconds
        counts[connector] = max(1, min(wanted, round(room) if room < executions else executions))
    free = [connector for connector in cast if connector.role.per_second == float("inf") and connector.role.steady]
    missing = executions - sum(counts.values())
    for number in range(abs(missing)):
        counts[free[number % len(free)]] += 1 if missing > 0 else -1
    return list(counts.items())


def _times(rng: random.Random, connector: Connector, count: int, seconds: float) -> list[float]:
    """Bursts at random moments; bursts of one are an even load."""
    times: list[float] = []
    while len(times) < count:
        at = rng.uniform(0, seconds * 0.9)
        times += [at] * min(connector.role.burst, count - len(times))
    return times


def _execution(rng: random.Random, connector: Connector, at: float, seconds: float, contacts: Sequence[str]) -> Planned:
    execution_id = str(_uuid(rng))
    again = (rng.choice([at + rng.uniform(0, 3), rng.uniform(at, seconds)]),) if rng.random() < TWICE else ()
    contact_id = rng.choice(contacts) if rng.random() < MAPPED else None
    fields = (rng.choice(FIELDS), CUSTOM_FIELD) if contact_id else ()
    [lane] = rng.choices([lane for lane, _ in LANES], [weight for _, weight in LANES])
    event = an_event(execution_id, connector, contact_id, fields, lane)
    return Planned(execution_id, (at, *again), event.key(), event.to_json(), connector, contact_id, fields)


def an_event(
    execution_id: str, connector: Connector, contact_id: str | None, fields: Sequence[str], lane: Lane = Lane.NORMAL
) -> ConnectorExecute:
    """Every mapped field gets the value that the upstream answered."""
    mappings = [
        FieldMapping(
            source_path="value",
            target_field=name,
            target_type=TargetType.CUSTOM_FIELD if name == CUSTOM_FIELD else TargetType.USER_FIELD,
        )
        for name in fields
    ]
    return ConnectorExecute.model_validate(
        {
            "execution_id": execution_id,
            "workspace_id": WORKSPACE,
            "connector_id": connector.id,
            "inputs": {"id": execution_id},
            "context": {"contact_id": contact_id},
            "field_mappings": mappings,
            "options": {"create_if_not_exists": True},
            "lane": lane,
        }
    )


def _poison(rng: random.Random, number: int, seconds: float) -> Planned:
    value = POISON[number % len(POISON)](_uuid(rng), number)
    return Planned(f"poison {number}", (rng.uniform(0, seconds * 0.8),), f"p{number}".encode(), value)


def _not_json(_id: UUID, number: int) -> bytes:
    return b"{not json %d" % number


def _no_connector(id_: UUID, number: int) -> bytes:
    return json.dumps({"executionId": str(id_), "workspaceId": str(WORKSPACE), "inputs": {"n": number}}).encode()


def _of_tomorrow(id_: UUID, number: int) -> bytes:
    return json.dumps({"schemaVersion": 999, "executionId": str(id_), "inputs": {"n": number}}).encode()


def _without_zone(id_: UUID, _number: int) -> bytes:
    return _with_deadline(id_, "2031-01-01T00:00:00")


def _beyond_the_calendar(id_: UUID, _number: int) -> bytes:
    return _with_deadline(id_, "9999-12-31T23:59:59-12:00")


def _with_deadline(id_: UUID, deadline: str) -> bytes:
    event = {"executionId": str(id_), "workspaceId": str(WORKSPACE), "connectorId": str(id_), "deadline": deadline}
    return json.dumps(event).encode()


def _deep(_id: UUID, number: int) -> bytes:
    return b'{"n": %d, "inputs": ' % number + b"[" * 5000


POISON = (_not_json, _no_connector, _of_tomorrow, _deep, _without_zone, _beyond_the_calendar)


def _uuid(rng: random.Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)
