"""JSON as typed into the wizard, where a placeholder may stand bare: `{"age": {{input.age}}}`."""

import json
import re
from math import isfinite
from typing import Any, Final

import msgspec

from connectors_shared.definition.templates import OPENING, TemplateError, end_of

MAX_DEPTH: Final = 64
TOKEN: Final = re.compile(r'["\\\[\]{}]')
TOO_DEEP: Final = f"the body is nested deeper than {MAX_DEPTH} levels"


def read_json_text(text: str) -> Any:
    """The value, with each bare placeholder as a string of its own.

    Raises TemplateError, also for what Python takes for JSON and others do not: NaN, 1e999, half a character.
    """
    quoted = _quote_bare(text)
    try:
        value = json.loads(quoted, parse_constant=_refuse_constant, parse_float=_finite)
        msgspec.json.encode(value)
    except json.JSONDecodeError as error:
        raise TemplateError(f"the body is not JSON: {error.msg} at line {error.lineno}") from None
    except TemplateError:
        raise
    except ValueError:
        raise TemplateError("the body is not JSON: it holds a number or character that cannot be sent") from None
    return value


def _refuse_constant(word: str) -> Any:
    raise TemplateError(f"the body is not JSON: {word} is no number that JSON has")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise TemplateError("the body is not JSON: a number is too large")
    return number


def _quote_bare(text: str) -> str:
    """Put quotes around placeholders outside of strings; a lone placeholder keeps its type anyway.

    Raises TemplateError when brackets are nested too deep for a parser that recurses.
    """
    out: list[str] = []
    done, position, depth, inside_string, closed = 0, 0, 0, False, True
    while token := TOKEN.search(text, position):
        at, character = token.start(), token[0]
        position = at + 1
        if character == '"':
            inside_string = not inside_string
        elif inside_string:
            position += character == "\\"
        elif closed and text.startswith(OPENING, at):
            stop = end_of(text, at)
            closed = stop is not None
            if stop is not None:
                position = stop
                out += (text[done:at], json.dumps(text[at:position]))
                done = position
        else:
            depth += (character in "[{") - (character in "]}")
            if depth > MAX_DEPTH:
                raise TemplateError(TOO_DEEP)
    return "".join([*out, text[done:]])
