"""The syntax tree, already in the shape that is evaluated: paths are flat, filters hang on what they filter.

Structs of msgspec, since two dozen dataclasses cost a start forty times as much.
"""

from typing import Any

import msgspec


class Node(msgspec.Struct, kw_only=True):
    """`predicates` filter a value, `stages` what one step of a path gives; `group` is a grouping behind it.

    `keep_array` stands for `[]`: a single result stays a list. `constructs` marks an array constructor whose
    result is not flattened into its path."""

    predicates: tuple["Node", ...] = ()
    stages: tuple["Node", ...] = ()
    group: "list[tuple[Node, Node]] | None" = None
    keep_array: bool = False
    constructs: bool = False


class Name(Node):
    name: str


class Wildcard(Node):
    pass


class Literal(Node):
    value: Any


class Variable(Node):
    name: str


class Path(Node):
    steps: list[Node]
    keep_singleton: bool = False


class Sort(Node):
    """Terms with whether they descend."""

    terms: list[tuple[Node, bool]]


class Binary(Node):
    operator: str
    left: Node
    right: Node


class Negation(Node):
    operand: Node


class Array(Node):
    items: list[Node]


class Object(Node):
    pairs: list[tuple[Node, Node]]


class Condition(Node):
    condition: Node
    then: Node
    otherwise: Node | None


class Default(Node):
    """`left ?: right`, or `left ?? right` when `coalesces`."""

    left: Node
    right: Node
    coalesces: bool


class Block(Node):
    expressions: list[Node]


class Assignment(Node):
    name: str
    value: Node


class Call(Node):
    function: str
    arguments: list[Node]


class Lambda(Node):
    parameters: list[str]
    body: Node
