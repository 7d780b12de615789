"""What a function takes, and how a call of it is made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from connector_executor.transform.inline.code import Code, Evaluate
from connector_executor.transform.inline.values import UNDEFINED, Refused, Run, is_number

_CALL_COST: Final = 10
Check = Callable[[Any, Run], Any]


@dataclass(frozen=True, slots=True)
class Function:
    """`checks` are those of the arguments, of which `optional` may be left out at the end.

    `apply` takes the run and the arguments. An undefined first argument gives undefined, unless the function
    `takes_undefined`."""

    apply: Callable[..., Any]
    checks: tuple[Check, ...]
    optional: int = 0
    takes_undefined: bool = False


def call(function: Function, arguments: list[Code]) -> Code:
    """Raises Refused when the number of arguments leaves anything to the context."""
    least = len(function.checks) - function.optional
    if not least <= len(arguments) <= len(function.checks):
        raise Refused
    cost = sum(argument.cost + 3 for argument in arguments) + _CALL_COST
    evaluates = [argument.evaluate for argument in arguments]
    return Code(_of_one(function, evaluates[0]) if len(evaluates) == 1 else _of_many(function, evaluates), cost)


def _of_one(function: Function, argument: Evaluate) -> Evaluate:
    apply, check, takes_undefined = function.apply, function.checks[0], function.takes_undefined

    def evaluate(value: Any, run: Run) -> Any:
        found = argument(value, run)
        if found is UNDEFINED and not takes_undefined:
            return found
        return apply(run, check(found, run))

    return evaluate


def _of_many(function: Function, arguments: list[Evaluate]) -> Evaluate:
    apply, takes_undefined = function.apply, function.takes_undefined
    checked = list(zip(arguments, function.checks, strict=False))

    def evaluate(value: Any, run: Run) -> Any:
        taken: list[Any] = []
        for argument, check in checked:
            found = argument(value, run)
            nothing = found is UNDEFINED and not taken and not takes_undefined
            taken.append(found if nothing else check(found, run))
        if not taken or (taken[0] is UNDEFINED and not takes_undefined):
            return UNDEFINED if taken else apply(run)
        return apply(run, *taken)

    return evaluate


def anything(value: Any, _run: Run) -> Any:
    return value


def a_text(value: Any, _run: Run) -> Any:
    if type(value) is not str:
        raise Refused
    return value


def a_number(value: Any, _run: Run) -> Any:
    if not is_number(value):
        raise Refused
    return value


def a_whole_number(value: Any, run: Run) -> int:
    if a_number(value, run) != int(value):
        raise Refused
    return int(value)


def an_object(value: Any, _run: Run) -> Any:
    if type(value) is not dict:
        raise Refused
    return value


def a_list(value: Any, _run: Run) -> Any:
    return value if isinstance(value, list) else [value]


def a_list_of(check: Check) -> Check:
    def check_all(value: Any, run: Run) -> Any:
        items = value if isinstance(value, list) else [value]
        run.pay(4 * len(items))
        for item in items:
            check(item, run)
        return items

    return check_all
