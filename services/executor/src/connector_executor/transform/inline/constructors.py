"""Objects, arrays, and grouping."""

from typing import Any, Final

from connector_executor.transform.inline.code import Code, constant
from connector_executor.transform.inline.values import UNDEFINED, Constructed, Refused, Run

_COST: Final = 10
Pairs = list[tuple[Code, Code]]


def constant_object(pairs: list[tuple[str, Code]]) -> Code:
    """`{"a": x}`: of one context value; a list as context is grouped."""
    fields = [(name, code.name, code.evaluate) for name, code in pairs]
    grouping = grouped([(constant(name), code) for name, code in pairs])

    def evaluate(value: Any, run: Run) -> Any:
        if isinstance(value, list):
            return grouping.evaluate(value, run)
        built, is_object = {}, type(value) is dict
        for name, source, field in fields:
            found = value.get(source, UNDEFINED) if is_object and source is not None else field(value, run)
            if found is not UNDEFINED:
                built[name] = found
        return built

    return Code(evaluate, sum(code.cost + 4 for _, code in pairs) + _COST)


def grouped(pairs: Pairs) -> Code:
    """Items by the text that a key expression gives for them; a value is computed over all items of its key."""

    def evaluate(value: Any, run: Run) -> Any:
        items = value if isinstance(value, list) else (value,)
        groups = _groups(pairs, items or (UNDEFINED,), run)
        run.pay(sum(pairs[index][1].cost + 6 for index, _ in groups.values()))
        built = {}
        for name, (index, members) in groups.items():
            found = pairs[index][1].evaluate(members, run)
            if found is not UNDEFINED:
                built[name] = found
        return built

    return Code(evaluate, sum(key.cost for key, _ in pairs) + _COST)


def _groups(pairs: Pairs, items: Any, run: Run) -> dict[str, tuple[int, Any]]:
    """Which pair made a key, and the items that have it: one as it is, more as a list."""
    groups: dict[str, tuple[int, Any]] = {}
    several: set[str] = set()
    run.pay(sum(key.cost + 8 for key, _ in pairs) * len(items))
    for item in items:
        for index, (key, _) in enumerate(pairs):
            name = key.evaluate(item, run)
            if name is UNDEFINED:
                continue
            if type(name) is not str:
                raise Refused
            _add_to_group(groups, several, name, index, item, run)
    return groups


def _add_to_group(
    groups: dict[str, tuple[int, Any]], several: set[str], name: str, index: int, item: Any, run: Run
) -> None:
    if name not in groups:
        groups[name] = (index, item)
        return
    maker, members = groups[name]
    if maker != index:
        raise Refused
    if name not in several:
        members = _as_list(members, run)
        several.add(name)
        groups[name] = (index, members)
    members.extend(_as_list(item, run))


def _as_list(value: Any, run: Run) -> list[Any]:
    if value is UNDEFINED:
        return []
    if not isinstance(value, list):
        return [value]
    run.pay(len(value))
    return list(value)


def array(items: list[tuple[Code, bool]], *, constructs: bool) -> Code:
    """Items with whether each is an array constructor itself, whose list stays a list inside the new one."""
    evaluates = [(code.evaluate, nested) for code, nested in items]

    def evaluate(value: Any, run: Run) -> Any:
        built: list[Any] = Constructed() if constructs else []
        for item, nested in evaluates:
            found = item(value, run)
            if isinstance(found, list) and not nested:
                run.pay(len(found))
                built.extend(found)
            elif found is not UNDEFINED:
                built.append(found)
        return built

    return Code(evaluate, sum(code.cost + 4 for code, _ in items) + _COST)
