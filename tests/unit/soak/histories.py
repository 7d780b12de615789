"""Made-up histories: one that keeps every promise, and ways to break a single one of them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.soak.cast import Connector, the_cast
from tests.soak.history import Asked, Call, Fault, History, Message, Position

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
CONTACT = "33333333-3333-4333-8333-333333333333"


def a_connector(role: str) -> Connector:
    return next(connector for connector in the_cast() if connector.role.name == role)


def a_call(asked: Asked, started: float = 10.0, **changes: Any) -> Call:
    key = asked.id if asked.connector.role.keyed else None
    values = {"ended": started + 0.03, "status": 200, "done": True, "key": key}
    return Call(**{"id": asked.id, "connector": asked.connector.key, "started": started, **values, **changes})


def a_message(topic: str, offset: int, body: dict[str, Any], seen: float = 11.0) -> Message:
    return Message(topic, 0, offset, seen, json.dumps(body).encode())


def a_result(
    id_: str, offset: int = 0, *, at: float = 0.0, seen: float = 11.0, error: dict[str, Any] | None = None
) -> Message:
    """Finished so many seconds after noon."""
    finished = (NOON + timedelta(seconds=at)).isoformat()
    body = {"executionId": id_, "success": error is None, "finishedAt": finished}
    data = {"error": error} if error else {"data": {"value": f"value of {id_}"}}
    return a_message("connector.result", offset, body | data, seen)


def an_update(id_: str, offset: int = 0, *, at: float = 0.0, seen: float = 12.0) -> Message:
    updated = (NOON + timedelta(seconds=at)).isoformat()
    fields = {"userFields": {"notes": f"value of {id_}"}}
    body = {"executionId": id_, "contactId": CONTACT, "updatedAt": updated}
    return a_message("contact.updated", offset, body | fields, seen)


def a_history(role: str = "write", *ids: str, contact_id: str | None = None) -> History:
    """Executions of one connector, each called once and answered once, one after the other."""
    history, connector = History(), a_connector(role)
    for number, id_ in enumerate(ids or ("a",)):
        fields = ("notes",) if contact_id else ()
        asked = Asked(id_, connector, contact_id, fields, [(0, number)])
        history.asked[id_] = asked
        history.calls.append(a_call(asked, 10.0 + number))
        history.results.append(a_result(id_, number, at=number))
        if contact_id:
            history.updates.append(an_update(id_, number, at=number))
            history.contacts[contact_id] = {"notes": f"value of {id_}"}
    history.positions = [Position("connectors-executor", 0, len(history.asked), len(history.asked))]
    return history


def a_pulsing_history(*, answered_at: float | None, fault: Fault) -> History:
    """One partition with a probe before the fault and one a second after it, answered and announced together."""
    history = a_history("read", "before", "after", contact_id=CONTACT)
    history.faults = [fault]
    history.pulses = {"before": (0, fault.began - 1), "after": (0, fault.ended + 1)}
    seen = {"before": fault.began - 0.5, "after": answered_at}
    history.results = [a_result(i, n, at=n, seen=at) for n, (i, at) in enumerate(seen.items()) if at is not None]
    history.updates = [an_update(i, n, at=n, seen=at) for n, (i, at) in enumerate(seen.items()) if at is not None]
    return history
