"""Tree to closures. Variables get places of their own: no function is a value here, so nothing outlives its scope
and nothing recurs."""

from collections.abc import Callable
from typing import Any, Final

from connector_executor.transform.inline import constructors, operators, paths, tree
from connector_executor.transform.inline.arguments import Function, call
from connector_executor.transform.inline.code import Code, constant
from connector_executor.transform.inline.filters import Filter, at_place, where
from connector_executor.transform.inline.functions import FUNCTIONS, GIVING_SEQUENCES
from connector_executor.transform.inline.higher_order import HIGHER_ORDER, Body
from connector_executor.transform.inline.paths import Step
from connector_executor.transform.inline.sorting import sort_by
from connector_executor.transform.inline.tree import Node
from connector_executor.transform.inline.values import UNDEFINED, Refused, Run, Sequence, items_of, single

_LEAF_COST: Final = 3
_STEP_COST: Final = 4
_NOTHING: Final = constant(UNDEFINED)


class Compiler:
    """For one expression; `variables` is how many places it needs. Raises Refused."""

    def __init__(self) -> None:
        self.variables = 0
        self._scopes: list[dict[str, int]] = []

    def compile(self, node: Node) -> Code:
        code = _RULES[type(node)](self, node)
        if node.predicates:
            code = _filtered(code, [self._filter(predicate) for predicate in node.predicates], node.keep_array)
        if node.group is not None and not isinstance(node, tree.Path):
            code = _then(code, self._grouped(node.group))
        if node.keep_array and not isinstance(node, tree.Path):
            code = Code(_keeping(code), code.cost + 1)
        return code

    def path(self, node: tree.Path) -> Code:
        steps = [self._step(step) for step in node.steps]
        absolute = isinstance(node.steps[0], tree.Variable)
        if node.group is None and not node.keep_singleton and not node.keep_array:
            return paths.path(steps, absolute=absolute)
        found = paths.undecided_path(steps, absolute=absolute)
        if node.keep_singleton:
            found = _kept(found)
        return found if node.group is None else _then(found, self._grouped(node.group))

    def variable(self, node: tree.Variable) -> Code:
        if node.name == "":
            return Code(lambda value, run: run.root if value is run.wrapper else value, _LEAF_COST)
        if node.name == "$":
            return Code(lambda _value, run: run.root, _LEAF_COST)
        place = self._place_of(node.name)
        return Code(lambda _value, run: run.variables[place], _LEAF_COST)

    def array(self, node: tree.Array) -> Code:
        items = [(self.compile(item), isinstance(item, tree.Array)) for item in node.items]
        return constructors.array(items, constructs=node.constructs)

    def object(self, node: tree.Object) -> Code:
        names = [_constant_text(key) for key, _ in node.pairs]
        if None in names:
            return self._grouped(node.pairs)
        if len(set(names)) < len(names):
            raise Refused
        return constructors.constant_object(
            [(str(name), self.compile(value)) for name, (_, value) in zip(names, node.pairs, strict=True)]
        )

    def binary(self, node: tree.Binary) -> Code:
        if node.operator != "&":
            return operators.binary(node.operator, self.compile(node.left), self.compile(node.right))
        parts: list[Node] = [node.right]
        left = node.left
        while isinstance(left, tree.Binary) and left.operator == "&" and not left.predicates and not left.keep_array:
            parts.append(left.right)
            left = left.left
        return operators.concatenation([self.compile(part) for part in (left, *reversed(parts))])

    def negation(self, node: tree.Negation) -> Code:
        return operators.negation(self.compile(node.operand))

    def condition(self, node: tree.Condition) -> Code:
        otherwise = _NOTHING if node.otherwise is None else self.compile(node.otherwise)
        return operators.condition(self.compile(node.condition), self.compile(node.then), otherwise)

    def default(self, node: tree.Default) -> Code:
        return operators.default(self.compile(node.left), self.compile(node.right), coalesces=node.coalesces)

    def block(self, node: tree.Block) -> Code:
        self._scopes.append({})
        codes = [self._statement(expression) for expression in node.expressions]
        self._scopes.pop()
        if len(codes) == 1:
            return codes[0]
        *before, last = codes or [_NOTHING]
        evaluates = [code.evaluate for code in before]

        def evaluate(value: Any, run: Run) -> Any:
            for statement in evaluates:
                statement(value, run)
            return last.evaluate(value, run)

        return Code(evaluate, sum(code.cost for code in codes) + _LEAF_COST)

    def call(self, node: tree.Call) -> Code:
        if any(node.function in scope for scope in self._scopes):
            raise Refused
        if node.function in HIGHER_ORDER:
            return _decided(self._higher_order(node), node)
        arguments = [self.compile(argument) for argument in node.arguments]
        return _decided(call(_function(node.function), arguments), node)

    def _higher_order(self, node: tree.Call) -> Code:
        over, apply, parameters = HIGHER_ORDER[node.function]
        if len(node.arguments) != 2:
            raise Refused
        argument, function = node.arguments
        return over(apply, self.compile(argument), self._body(function, parameters))

    def _body(self, function: Node, parameters: int) -> Body:
        if isinstance(function, tree.Variable) and not function.predicates:
            place = self._new_place()
            if any(function.name in scope for scope in self._scopes):
                raise Refused
            taken = Code(lambda _value, run: run.variables[place], _LEAF_COST)
            named = _function(function.name)
            if len(named.checks) != 1 or parameters != len(("item", "index", "items")):
                raise Refused
            return Body(call(named, [taken]), [place])
        if not isinstance(function, tree.Lambda) or len(function.parameters) > parameters:
            raise Refused
        return self._lambda_body(function)

    def _lambda_body(self, function: tree.Lambda) -> Body:
        scope = {name: self._new_place() for name in function.parameters}
        if len(scope) < len(function.parameters) or not scope.keys().isdisjoint(("", "$")):
            raise Refused
        self._scopes.append(scope)
        body = Body(self.compile(function.body), list(scope.values()))
        self._scopes.pop()
        return body

    def _statement(self, node: Node) -> Code:
        if not isinstance(node, tree.Assignment):
            return self.compile(node)
        value = self.compile(node.value)
        if node.name in ("", "$") or node.predicates or node.group or node.keep_array:
            raise Refused
        place = self._scopes[-1].setdefault(node.name, self.variables)
        self.variables = max(self.variables, place + 1)

        def assign(context: Any, run: Run) -> Any:
            run.variables[place] = found = value.evaluate(context, run)
            return found

        return Code(assign, value.cost + _LEAF_COST)

    def _step(self, node: Node) -> Step:
        filters = [self._filter(stage) for stage in node.stages]
        name = node.name if isinstance(node, tree.Name) and not filters else None
        arrange = self._arrange(node, filters) if isinstance(node, tree.Sort) else None
        code = Code(_itself, 1) if arrange else self.compile(node)
        if isinstance(node, tree.Name) and len(filters) == 1:
            is_first = _is_zero(node.stages[0])
            evaluate = paths.first_of_field(node.name) if is_first else paths.item_of_field(node.name, filters[0])
        else:
            evaluate = paths.filtered_step(code.evaluate, filters) if filters else code.evaluate
        return Step(evaluate, code.cost + _STEP_COST * (1 + len(filters)), name, arrange, node.constructs)

    def _arrange(self, node: tree.Sort, filters: list[Filter]) -> paths.Arrange:
        arrange = sort_by([(self.compile(term), descends) for term, descends in node.terms])
        return paths.filtered_arrangement(arrange, filters) if filters else arrange

    def _filter(self, predicate: Node) -> Filter:
        if isinstance(predicate, tree.Literal) and type(predicate.value) in (int, float):
            return at_place(predicate.value)
        return where(self.compile(predicate))

    def _grouped(self, pairs: list[tuple[Node, Node]]) -> Code:
        return constructors.grouped([(self.compile(key), self.compile(value)) for key, value in pairs])

    def _new_place(self) -> int:
        self.variables += 1
        return self.variables - 1

    def _place_of(self, name: str) -> int:
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        raise Refused


def _is_zero(predicate: Node) -> bool:
    return isinstance(predicate, tree.Literal) and type(predicate.value) is int and predicate.value == 0


def _itself(value: Any, _run: Run) -> Any:
    return value


def _function(name: str) -> Function:
    function = FUNCTIONS.get(name)
    if function is None:
        raise Refused
    return function


def _constant_text(node: Node) -> str | None:
    if isinstance(node, tree.Literal) and isinstance(node.value, str) and not node.predicates:
        return node.value
    return None


def _then(first: Code, second: Code) -> Code:
    return Code(lambda value, run: second.evaluate(first.evaluate(value, run), run), first.cost + second.cost)


def _filtered(code: Code, filters: list[Filter], keep: bool) -> Code:
    select = paths.filtered_step(code.evaluate, filters)

    def evaluate(value: Any, run: Run) -> Any:
        found = select(value, run)
        if keep and found is not UNDEFINED and (type(found) is Sequence or not isinstance(found, list)):
            found = Sequence(items_of(found), keep=True)
        return single(found)

    return Code(evaluate, code.cost + _STEP_COST * len(filters))


def _decided(code: Code, node: tree.Call) -> Code:
    """A single item of a sequence that a function gave stands for itself, unless `[]` or a filter follows."""
    if node.function not in GIVING_SEQUENCES or node.predicates:
        return code
    keep = node.keep_array

    def evaluate(value: Any, run: Run) -> Any:
        found = code.evaluate(value, run)
        return single(Sequence(found, keep=True) if keep and type(found) is Sequence else found)

    return Code(evaluate, code.cost + 1)


def _keeping(code: Code) -> Callable[[Any, Run], Any]:
    def evaluate(value: Any, run: Run) -> Any:
        found = code.evaluate(value, run)
        return Sequence(found, keep=True) if type(found) is Sequence else found

    return evaluate


def _kept(code: Code) -> Code:
    return Code(lambda value, run: paths.kept(code.evaluate(value, run)), code.cost + 2)


def _literal(_compiler: Compiler, node: tree.Literal) -> Code:
    return constant(node.value)


def _name(_compiler: Compiler, node: tree.Name) -> Code:
    return Code(paths.field(node.name), _LEAF_COST)


def _wildcard(_compiler: Compiler, _node: tree.Wildcard) -> Code:
    return Code(paths.wildcard, _LEAF_COST)


def _refused(_compiler: Compiler, _node: Node) -> Code:
    raise Refused


_RULES: Final[dict[type[Node], Callable[[Compiler, Any], Code]]] = {
    tree.Path: Compiler.path,
    tree.Name: _name,
    tree.Wildcard: _wildcard,
    tree.Literal: _literal,
    tree.Variable: Compiler.variable,
    tree.Array: Compiler.array,
    tree.Object: Compiler.object,
    tree.Binary: Compiler.binary,
    tree.Negation: Compiler.negation,
    tree.Condition: Compiler.condition,
    tree.Default: Compiler.default,
    tree.Block: Compiler.block,
    tree.Call: Compiler.call,
    tree.Lambda: _refused,
    tree.Sort: _refused,
    tree.Assignment: _refused,
}
