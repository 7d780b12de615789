"""Source to tree, by precedence climbing; binding powers are those of the reference implementation."""

from collections.abc import Callable
from typing import Final

from connector_executor.transform.inline import tree
from connector_executor.transform.inline.tokens import Token, read_tokens
from connector_executor.transform.inline.tree import Node
from connector_executor.transform.inline.values import Refused

MAX_DEPTH: Final = 40

_WORD_OPERATORS: Final = frozenset({"and", "or", "in"})
_POWERS: Final[dict[str, int]] = (
    {".": 75, "[": 80, "(": 80, "{": 70, "*": 60, "/": 60, "%": 60, "+": 50, "-": 50, "&": 50}
    | dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "in", "^", "~>", "?:", "??"), 40)
    | {"and": 30, "or": 25, "?": 20}
)
_PREFIX_POWER: Final = 70
_ASSIGNED_POWER: Final = 9


def parse(source: str) -> Node:
    """Raises Refused for what is not JSONata, and for the parts of it that are not evaluated here."""
    parser = _Parser(read_tokens(source))
    root = parser.expression(0)
    parser.expect_end()
    return root


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def expression(self, power: int) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Refused
        left = self._operand(self._take())
        while power < _POWERS.get(operator := self.operator, 0):
            self._at += 1
            rule = _INFIXES.get(operator)
            left = rule(self, left) if rule else tree.Binary(operator, left, self.expression(_POWERS[operator]))
        self._depth -= 1
        return left

    def expect_end(self) -> None:
        if self._tokens[self._at].kind != "end":
            raise Refused

    @property
    def operator(self) -> str:
        """The operator that comes next, or nothing."""
        token = self._tokens[self._at]
        return str(token.value) if token.kind == "operator" else ""

    def takes(self, operator: str) -> bool:
        if self.operator != operator:
            return False
        self._at += 1
        return True

    def expect(self, operator: str) -> None:
        if not self.takes(operator):
            raise Refused

    def expect_no_slash(self) -> None:
        """Where the reference implementation reads a slash as the start of a regular expression."""
        if self.operator == "/":
            raise Refused

    def variable(self) -> str:
        token = self._take()
        if token.kind != "variable":
            raise Refused
        return str(token.value)

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += token.kind != "end"
        return token

    def _operand(self, token: Token) -> Node:
        if token.kind == "name" and token.value == "function" and self.operator == "(":
            return _lambda(self)
        if token.kind in ("name", "quoted name") or (token.kind == "operator" and token.value in _WORD_OPERATORS):
            return tree.Path([tree.Name(token.value)])
        if token.kind == "variable":
            return _variable(self, token.value)
        if token.kind in ("string", "number", "value"):
            return tree.Literal(token.value)
        rule = _PREFIXES.get(token.value) if token.kind == "operator" else None
        if rule is None:
            raise Refused
        return rule(self)


def _listed(parser: _Parser, closing: str, item: Callable[[], object]) -> None:
    """Items with commas between them, up to `closing`."""
    if parser.takes(closing):
        return
    item()
    while parser.takes(","):
        item()
    parser.expect(closing)


def _expressions(parser: _Parser, closing: str) -> list[Node]:
    found: list[Node] = []
    _listed(parser, closing, lambda: found.append(parser.expression(0)))
    return found


def _pairs(parser: _Parser) -> list[tuple[Node, Node]]:
    pairs: list[tuple[Node, Node]] = []

    def pair() -> None:
        key = parser.expression(0)
        parser.expect(":")
        pairs.append((key, parser.expression(0)))

    _listed(parser, "}", pair)
    return pairs


def _variable(parser: _Parser, name: str) -> Node:
    if parser.takes(":="):
        return tree.Assignment(name, parser.expression(_ASSIGNED_POWER))
    return tree.Variable(name)


def _lambda(parser: _Parser) -> Node:
    parameters: list[str] = []
    parser.expect("(")
    _listed(parser, ")", lambda: parameters.append(parser.variable()))
    parser.expect("{")
    body = parser.expression(0)
    parser.expect("}")
    parser.expect_no_slash()
    return tree.Lambda(parameters, body)


def _block(parser: _Parser) -> Node:
    expressions: list[Node] = []
    while not parser.takes(")"):
        expressions.append(parser.expression(0))
        if not parser.takes(";"):
            parser.expect(")")
            break
    return tree.Block(expressions, constructs=any(_starts_constructed(part) for part in expressions))


def _starts_constructed(node: Node) -> bool:
    return node.constructs or (isinstance(node, tree.Path) and node.steps[0].constructs)


def _negation(parser: _Parser) -> Node:
    operand = parser.expression(_PREFIX_POWER)
    if isinstance(operand, tree.Literal) and type(operand.value) in (int, float):
        operand.value = -operand.value
        return operand
    return tree.Negation(operand)


def _step(parser: _Parser, left: Node) -> Node:
    path = left if isinstance(left, tree.Path) else tree.Path([left])
    if path.group is not None:
        raise Refused
    right = parser.expression(_POWERS["."])
    if isinstance(right, tree.Path):
        path.steps += right.steps
    else:
        right.stages, right.predicates = right.stages + right.predicates, ()
        path.steps.append(right)
    path.steps[0], path.steps[-1] = _as_step(path.steps[0]), _as_step(path.steps[-1])
    for end in (path.steps[0], path.steps[-1]):
        end.constructs = end.constructs or isinstance(end, tree.Array)
        path.keep_singleton = path.keep_singleton or end.keep_array
    return path


def _as_step(step: Node) -> Node:
    if not isinstance(step, tree.Literal):
        return step
    if not isinstance(step.value, str) or step.predicates:
        raise Refused
    return tree.Name(step.value, stages=step.stages, keep_array=step.keep_array)


def _filter(parser: _Parser, left: Node) -> Node:
    if left.group is not None:
        raise Refused
    step = left.steps[-1] if isinstance(left, tree.Path) else left
    if parser.takes("]"):
        parser.expect_no_slash()
        return _kept_as_list(left, step)
    predicate = parser.expression(0)
    parser.expect("]")
    if isinstance(left, tree.Path):
        step.stages += (predicate,)
    else:
        step.predicates += (predicate,)
    return left


def _kept_as_list(left: Node, step: Node) -> Node:
    left.keep_array = True
    if isinstance(left, tree.Path):
        if not isinstance(step, tree.Name) or len(left.steps) > 1:
            raise Refused
        step.keep_array = left.keep_singleton = True
    return left


def _grouped(parser: _Parser, left: Node) -> Node:
    if left.group is not None:
        raise Refused
    left.group = _pairs(parser)
    return left


def _sorted(parser: _Parser, left: Node) -> Node:
    path = left if isinstance(left, tree.Path) else tree.Path([left])
    if path.group is not None:
        raise Refused
    terms: list[tuple[Node, bool]] = []

    def term() -> None:
        descends = parser.takes(">") or (parser.takes("<") and False)
        terms.append((parser.expression(0), descends))

    parser.expect("(")
    _listed(parser, ")", term)
    parser.expect_no_slash()
    path.steps.append(tree.Sort(terms))
    return path


def _call(parser: _Parser, left: Node) -> Node:
    if not isinstance(left, tree.Variable) or left.predicates or left.group or left.keep_array:
        raise Refused
    return tree.Call(left.name, _expressions(parser, ")"))


def _condition(parser: _Parser, left: Node) -> Node:
    then = parser.expression(0)
    return tree.Condition(left, then, parser.expression(0) if parser.takes(":") else None)


def _chain(parser: _Parser, left: Node) -> Node:
    """`a ~> $f(b)` is `$f(a, b)`, and `a ~> $f` is `$f(a)`."""
    right = parser.expression(_POWERS["~>"])
    if left.keep_array or right.keep_array or right.predicates or right.group:
        raise Refused
    if isinstance(right, tree.Call):
        return tree.Call(right.function, [left, *right.arguments])
    if isinstance(right, tree.Variable):
        return tree.Call(right.name, [left])
    raise Refused


_PREFIXES: Final[dict[str, Callable[[_Parser], Node]]] = {
    "(": _block,
    "[": lambda parser: tree.Array(_expressions(parser, "]")),
    "{": lambda parser: tree.Object(_pairs(parser)),
    "-": _negation,
    "*": lambda _parser: tree.Wildcard(),
}
_INFIXES: Final[dict[str, Callable[[_Parser, Node], Node]]] = {
    ".": _step,
    "[": _filter,
    "{": _grouped,
    "^": _sorted,
    "(": _call,
    "?": _condition,
    "~>": _chain,
    "?:": lambda parser, left: tree.Default(left, parser.expression(0), coalesces=False),
    "??": lambda parser, left: tree.Default(left, parser.expression(0), coalesces=True),
}
