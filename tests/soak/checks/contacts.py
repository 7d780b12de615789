"""Contacts against the results: the newest value of each field, and the order in which it was announced."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.soak.checks.outcomes import succeeded
from tests.soak.history import Asked, History, Message, Violation

Field = tuple[str, str]
"""Contact and name of the field."""


def contact_values(history: History) -> list[Violation]:
    """Every field holds the value of the result that finished last; of those that finished together, any."""
    found = []
    for (contact_id, name), results in _writers(history).items():
        newest = max(_finished(result) for result in results)
        expected = {_value(result) for result in results if _finished(result) == newest}
        there = history.contacts.get(contact_id, {}).get(name)
        if there not in expected:
            detail = f"{name} is {there!r}; the newest result says {sorted(expected)}"
            found.append(Violation("contacts hold the newest value", contact_id, detail))
    return found


def update_order(history: History) -> list[Violation]:
    """One `contact.updated` per mapped result, always the same; whoever follows them ends with what is stored."""
    found = []
    for asked in _mapped(history):
        updates = history.updates_of.get(asked.id, [])
        if not updates and history.results_of.get(asked.id):
            found.append(Violation("every mapped result is announced", asked.id, f"contact {asked.contact_id}"))
        if len({update.value for update in updates}) > 1:
            places = ", ".join(update.place for update in updates)
            found.append(Violation("an update is announced the same again", asked.id, places))
    return found + _out_of_order(history)


def _out_of_order(history: History) -> list[Violation]:
    """First announcements only: whoever has seen an update drops its repeat."""
    last: dict[str, tuple[datetime, Message]] = {}
    found = []
    for update in sorted(_first(history), key=lambda update: (update.partition, update.offset)):
        contact_id, at = str(update.body.get("contactId")), datetime.fromisoformat(update.body["updatedAt"])
        before = last.get(contact_id)
        if before is not None and at < before[0]:
            detail = f"{update.place} of {at} comes after {before[1].place} of {before[0]} (contact {contact_id})"
            found.append(Violation("updates come in order", update.id, detail))
        else:
            last[contact_id] = (at, update)
    return found


def _first(history: History) -> Iterator[Message]:
    for updates in history.updates_of.values():
        first = min(updates, key=lambda update: (update.partition, update.offset))
        if first.body.get("userFields") or first.body.get("customFields"):
            yield first


def _writers(history: History) -> dict[Field, list[Message]]:
    """The first results that wrote a field."""
    found: dict[Field, list[Message]] = defaultdict(list)
    for asked in _mapped(history):
        results = history.results_of.get(asked.id)
        if results and succeeded(results[0]):
            for name in asked.fields:
                found[str(asked.contact_id), name].append(results[0])
    return found


def _mapped(history: History) -> Iterator[Asked]:
    return (asked for asked in history.asked.values() if asked.contact_id)


def _finished(result: Message) -> datetime:
    return datetime.fromisoformat(result.body["finishedAt"])


def _value(result: Message) -> Any:
    return (result.body.get("data") or {}).get("value")
