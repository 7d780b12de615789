"""The syntax tree, already in the shape that is evaluated: paths are flat, filters hang on what they filter."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Node:
    """`predicates` filter a value, `stages` what one step of a path gives; `group` is a grouping behind it.

    `keep_array` stands for `[]`: a single result stays a list. `constructs` marks an array constructor whose
    result is not flattened into its path."""

    predicates: tuple["Node", ...] = field(default=(), kw_only=True)
    stages: tuple["Node", ...] = field(default=(), kw_only=True)
    group: "list[tuple[Node, Node]] | None" = field(default=None, kw_only=True)
    keep_array: bool = field(default=False, kw_only=True)
    constructs: bool = field(default=False, kw_only=True)


@dataclass(slots=True)
class Name(Node):
    name: str


@dataclass(slots=True)
class Wildcard(Node):
    pass


@dataclass(slots=True)
class Literal(Node):
    value: Any


@dataclass(slots=True)
class Variable(Node):
    name: str


@dataclass(slots=True)
class Path(Node):
    steps: list[Node]
    keep_singleton: bool = False


@dataclass(slots=True)
class Sort(Node):
    """Terms with whether they descend."""

    terms: list[tuple[Node, bool]]


@dataclass(slots=True)
class Binary(Node):
    operator: str
    left: Node
    right: Node


@dataclass(slots=True)
class Negation(Node):
    operand: Node


@dataclass(slots=True)
class Array(Node):
    items: list[Node]


@dataclass(slots=True)
class Object(Node):
    pairs: list[tuple[Node, Node]]


@dataclass(slots=True)
class Condition(Node):
    condition: Node
    then: Node
    otherwise: Node | None


@dataclass(slots=True)
class Default(Node):
    """`left ?: right`, or `left ?? right` when `coalesces`."""

    left: Node
    right: Node
    coalesces: bool


@dataclass(slots=True)
class Block(Node):
    expressions: list[Node]


@dataclass(slots=True)
class Assignment(Node):
    name: str
    value: Node


@dataclass(slots=True)
class Call(Node):
    function: str
    arguments: list[Node]


@dataclass(slots=True)
class Lambda(Node):
    parameters: list[str]
    body: Node
