"""Reading a document of which a part has the wrong shape: what is wrong, and all the rest as it is.

A model refuses a document as a whole, and says nothing of what a rule would say about the parts that it could read.
So what is wrong is taken out, and the rest is read again.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError
from pydantic.alias_generators import to_snake

from connectors_shared.definition.problems import MOST_PROBLEMS, and_more, unescaped

Location = tuple[str | int, ...]
Error = dict[str, Any]
"""As pydantic lists them, with the value that was given left out: it may be secret."""
MOST_ROUNDS: Final = 10
MOST_AT_ONCE: Final = 1000
"""Of more errors than these only the first are looked at."""
LONGEST_INDEX: Final = 10
KEY: Final = "[key]"
"""Pydantic's last token when a name is wrong, and not what it names."""
ANY: Final = "*"
_OUT: Final = object()


@dataclass(frozen=True, slots=True)
class Shape:
    """`readable` is the document without what is wrong with its shape; None when nothing is left.

    `errors` has the places of the document that was given.
    """

    readable: Any
    errors: list[Error]
    kept: dict[Location, list[int]]

    def original(self, pointer: str) -> str:
        """A pointer into `readable`, as a pointer into what was given: items of lists may have moved up."""
        node, path, told = self.readable, Location(), ""
        for token in pointer.split("/")[1:]:
            name = _name_in(node, _index(token) if isinstance(node, list) else unescaped(token))
            if name is None:
                node, path = None, (*path, token)
            else:
                node, path = node[name], (*path, _kept(name, self.kept.get(path)))
            told += f"/{path[-1] if isinstance(name, int) else token}"
        return told


def read_shape(validate: Callable[[Any], Any], raw: Any, stand_ins: Mapping[Location, Any]) -> Shape:
    """`stand_ins` take the place of what nothing can be read without; `*` in their place is any name."""
    try:
        validate(raw)
    except ValidationError:
        pass  # What it holds may be large: it is gone before all is read again.
    else:
        return Shape(raw, [], {})
    return _readable_part(validate, raw, stand_ins)


def _readable_part(validate: Callable[[Any], Any], raw: Any, stand_ins: Mapping[Location, Any]) -> Shape:
    whole, errors = deepcopy(raw), list[Error]()
    kept: dict[Location, list[int]] = {}
    out: set[Location] = set()
    for _ in range(MOST_ROUNDS):
        view = _view(whole, (), kept := {})
        try:
            validate(view)
        except ValidationError as error:
            found = error.errors(include_input=False, include_url=False, include_context=False)
            told = found if len(found) <= MOST_AT_ONCE else found[:MOST_PROBLEMS]
            lines = [_at_origin(dict(line), kept) for line in told]
            untold = len(found) - len(told)
        else:
            return Shape(view, errors, kept)
        errors += [line for line in lines if not _follows(line, out)]
        if len(errors) + untold > MOST_PROBLEMS:
            more: Error = {"type": "too_many", "loc": (), "msg": and_more(len(errors) + untold - MOST_PROBLEMS)}
            return Shape(None, [*errors[:MOST_PROBLEMS], more], kept)
        values_first = sorted(lines, key=lambda line: line["loc"][-1:] == (KEY,))
        taken = {_take_out(whole, line["loc"], stand_ins) for line in values_first}
        if () in taken:
            break
        out |= taken
    return Shape(None, errors, kept)


def _view(node: Any, path: Location, kept: dict[Location, list[int]]) -> Any:
    if isinstance(node, dict):
        return {name: _view(inner, (*path, name), kept) for name, inner in node.items() if inner is not _OUT}
    if not isinstance(node, list):
        return node
    indices = [index for index, inner in enumerate(node) if inner is not _OUT]
    if len(indices) < len(node):
        kept[path] = indices
    return [_view(node[index], (*path, index), kept) for index in indices]


def _at_origin(line: Error, kept: dict[Location, list[int]]) -> Error:
    return line | {"loc": _original(tuple(line["loc"]), kept)}


def _original(location: Location, kept: Mapping[Location, list[int]]) -> Location:
    path: Location = ()
    for token in location:
        path += (_kept(token, kept.get(path)),)
    return path


def _kept(token: str | int, indices: list[int] | None) -> str | int:
    return indices[token] if indices is not None and isinstance(token, int) else token


def _follows(line: Error, out: set[Location]) -> bool:
    """It is missing because it was taken out."""
    return line["type"] == "missing" and tuple(line["loc"]) in out


def _take_out(whole: Any, location: Location, stand_ins: Mapping[Location, Any]) -> Location:
    """Takes out the innermost part that is there; gives its place. What has a wrong name goes with it."""
    parent, node, path = None, whole, Location()
    for token in location:
        name = _name_in(node, token)
        if name is None:
            stand_in = _stand_in((*path, token), stand_ins)
            if stand_in is not None and isinstance(node, dict):
                node[token] = stand_in
                return (*path, token)
            break
        parent, node, path = node, node[name], (*path, name)
    if path:
        misnamed = location[len(path) :] == (KEY,)
        stand_in = None if misnamed else _stand_in(path, stand_ins)
        parent[path[-1]] = _OUT if stand_in is None else stand_in  # type: ignore[index]
    return path


def _index(token: str) -> str | int:
    """A token of a pointer, as the index that it is in a list."""
    return int(token) if len(token) < LONGEST_INDEX and token.isascii() and token.isdigit() else token


def _name_in(node: Any, token: str | int) -> str | int | None:
    """What the part is called there; a name may be written in either case."""
    if isinstance(node, list):
        return token if isinstance(token, int) and token < len(node) and node[token] is not _OUT else None
    if not isinstance(node, dict):
        return None
    if node.get(token, _OUT) is not _OUT:
        return token
    other = to_snake(token) if isinstance(token, str) else token
    return other if node.get(other, _OUT) is not _OUT else None


def _stand_in(path: Location, stand_ins: Mapping[Location, Any]) -> Any:
    """A copy of its own, for it may be changed; None when there is none."""
    found = stand_ins.get(path)
    return deepcopy(stand_ins.get((*path[:-1], ANY)) if found is None else found)
