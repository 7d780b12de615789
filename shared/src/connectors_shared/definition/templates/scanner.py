"""Where in a text its placeholders are.

Defaults and arguments are JSON, which may hold `}}`: those in a string or in brackets of their own end nothing.
"""

import re
from collections.abc import Iterator
from typing import Final

from connectors_shared.definition.templates.texts import TemplateError

OPENING: Final = "{{"
CLOSING: Final = "}}"
MAX_INSIDE: Final = 1000
"""Characters between the braces."""
_MARK: Final = re.compile(r'["{}\[\]]')
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)


def placeholders(text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """(start, stop) of each placeholder, braces included, readable or not."""
    is_sound = True
    while (start := text.find(OPENING, start)) >= 0:
        try:
            stop = end_of(text, start) if is_sound else _next_closing(text, start)
        except TemplateError:  # with one that cannot be read, nobody needs to know where exactly the others end
            is_sound, stop = False, _next_closing(text, start)
        if stop is None:
            return
        yield start, stop
        start = stop


def end_of(text: str, start: int) -> int | None:
    """Where the placeholder that opens at `start` ends; None when nothing closes it.

    Raises TemplateError when a string or bracket in it does not end.
    """
    inside, stop = start + len(OPENING), _next_closing(text, start)
    if stop is None or (text.find('"', inside, stop) < 0 and text.find("{", inside, stop) < 0):
        return stop
    position, most, depth = inside, inside + MAX_INSIDE + len(CLOSING), 0
    while mark := _MARK.search(text, position, most):
        at, position = mark.start(), mark.end()
        if mark[0] == '"':
            string = _STRING.match(text, at, most)
            if string is None:
                break
            position = string.end()
        elif mark[0] == "}" and depth == 0 and text.startswith(CLOSING, at):
            return at + len(CLOSING)
        else:
            depth = max(depth + (1 if mark[0] in "[{" else -1), 0)
    raise TemplateError(f"a text or bracket does not end in the placeholder at character {start + 1}")


def _next_closing(text: str, start: int) -> int | None:
    closing = text.find(CLOSING, start + len(OPENING))
    return None if closing < 0 else closing + len(CLOSING)


def find_outside(text: str, mark: re.Pattern[str], start: int = 0) -> int:
    """Where the first mark is that stands in no placeholder; the end of the text without one."""
    for opens, stop in [*placeholders(text), (len(text), len(text))]:
        if start <= opens:
            found = mark.search(text, start, opens)
            if found is not None:
                return found.start()
            start = stop
    return len(text)


def split_outside(text: str, mark: str) -> list[str]:
    """Like `text.split(mark)`, placeholders left whole."""
    parts, begin, at = list[str](), 0, 0
    for opens, stop in [*placeholders(text), (len(text), len(text))]:
        while (found := text.find(mark, at, opens)) >= 0:
            parts.append(text[begin:found])
            begin = at = found + len(mark)
        at = stop
    return [*parts, text[begin:]]


def holds_placeholder(text: str) -> bool:
    return OPENING in text and next(placeholders(text), None) is not None


def without_placeholders(text: str, stand_in: str = "") -> str:
    """What the author wrote around them."""
    if OPENING not in text:
        return text
    kept, end = [], 0
    for start, stop in placeholders(text):
        kept += [text[end:start], stand_in]
        end = stop
    return "".join([*kept, text[end:]])
