"""What is different between two JSON documents, leaf by leaf: bounded, and without what is secret.

A change is an object: `pointer` (RFC 6901), `before` and `after`, of which one is absent where a leaf came or went;
`cut` where one of them is a text that was shortened; `secret` (added, changed, removed) instead of both where the name
says that it is one; `more` alone, at the end, when there are further changes.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from connectors_shared.definition.problems import Place
from connectors_shared.runtime.sensitive import is_sensitive
from connectors_shared.runtime.text_redaction import without_keys

Change = dict[str, Any]
MOST_CHANGES: Final = 100
MOST_BYTES: Final = 16 * 1024
MOST_CHARACTERS: Final = 1000
"""Of a text that is shown."""
VALUES: Final = frozenset({"value", "staticValue", "default"})
"""What is meant by the `key` beside it."""


class _Absent:
    """There is nothing."""


ABSENT: Final = _Absent()
MORE: Final[Change] = {"pointer": "", "more": True}


class _Pair(NamedTuple):
    place: str | Place
    is_secret: bool
    before: Any
    after: Any


def differences(before: Any, after: Any, place: str = "") -> list[Change]:
    """In the order of the documents, which are at `place` of a larger one. Its work is bounded by their size, its stack
    is its own."""
    found, size = list[Change](), 0
    todo = [iter([_Pair(place, False, before, after)])]
    while todo:
        pair = next(todo[-1], None)
        if pair is None:
            todo.pop()
        elif isinstance(pair.before, dict | list) or isinstance(pair.after, dict | list):
            todo.append(_children(pair))
        elif _differs(pair.before, pair.after):
            change = _change(pair)
            size += sum(len(str(part)) for part in change.values())
            if len(found) == MOST_CHANGES or size > MOST_BYTES:
                return [*found, MORE]
            found.append(change)
    return found


def secret_change(pointer: str, what: str) -> Change:
    """`what`: added, changed or removed."""
    return {"pointer": pointer, "secret": what}


def _children(pair: _Pair) -> Iterator[_Pair]:
    """One that came, went or became something else is told leaf by leaf as well."""
    before, after = pair.before, pair.after
    if type(before) is not type(after):
        yield from _one_sided(pair._replace(after=ABSENT)) if before is not ABSENT else ()
        yield from _one_sided(pair._replace(before=ABSENT)) if after is not ABSENT else ()
    elif isinstance(before, dict):
        names_it = any(isinstance(key := each.get("key"), str) and is_sensitive(key) for each in (before, after))
        for name in dict.fromkeys([*before, *after]):
            is_secret = pair.is_secret or is_sensitive(name) or (names_it and name in VALUES)
            yield _Pair(Place(pair.place, name), is_secret, before.get(name, ABSENT), after.get(name, ABSENT))
    else:
        for index in range(max(len(before), len(after))):
            was = before[index] if index < len(before) else ABSENT
            now = after[index] if index < len(after) else ABSENT
            yield _Pair(Place(pair.place, index), pair.is_secret, was, now)


def _one_sided(pair: _Pair) -> Iterator[_Pair]:
    """Beside an empty one of its kind; one that is empty itself is as good as none."""
    if isinstance(pair.before, dict | list):
        yield from _children(pair._replace(after=type(pair.before)()))
    elif isinstance(pair.after, dict | list):
        yield from _children(pair._replace(before=type(pair.after)()))
    else:
        yield pair


def _differs(before: Any, after: Any) -> bool:
    """In Python 1, 1.0 and true are equal."""
    return type(before) is not type(after) or before != after


def _change(pair: _Pair) -> Change:
    pointer = str(pair.place) or "/"
    if pair.is_secret and not _says_nothing(pair.before, pair.after):
        return secret_change(pointer, _what(pair))
    change: Change = {"pointer": pointer}
    for name, value in (("before", pair.before), ("after", pair.after)):
        if value is not ABSENT:
            change[name], is_cut = _shown(value)
            if is_cut:
                change["cut"] = True
    return change


def _says_nothing(*values: Any) -> bool:
    """No secret is one of these."""
    return all(value is None or value is ABSENT or isinstance(value, bool) for value in values)


def _what(pair: _Pair) -> str:
    if pair.before in (ABSENT, None, ""):
        return "added"
    return "removed" if pair.after in (ABSENT, None, "") else "changed"


def _shown(value: Any) -> tuple[Any, bool]:
    if not isinstance(value, str):
        return value, False
    shown = without_keys(value[: MOST_CHARACTERS * 4])
    is_cut = len(value) > MOST_CHARACTERS * 4 or len(shown) > MOST_CHARACTERS
    return shown[:MOST_CHARACTERS], is_cut
