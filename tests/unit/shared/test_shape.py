"""A document with parts of the wrong shape: they are named in its own places, and the rest is read."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors_shared.definition.shape import ANY, Shape, read_shape


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str
    count: int = 0


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    items: list[Item] = Field(default_factory=list)
    named: dict[str, Item] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _few(self) -> "Whole":
        if sum(item.count for item in self.items) > 10:
            raise ValueError("too many")
        return self


class Shortly(BaseModel):
    named: dict[Annotated[str, Field(pattern="^[a-z]$")], Item]


STAND_INS: dict[tuple[str | int, ...], Any] = {("name",): "unread", ("named", ANY): {"key": "k"}}


def read(raw: Any) -> tuple[Any, set[str]]:
    shape = read_shape(Whole.model_validate, raw, STAND_INS)
    return shape.readable, {"/".join(map(str, error["loc"])) for error in shape.errors}


def test_a_document_of_the_right_shape_is_read_as_it_is() -> None:
    raw = {"name": "n", "items": [{"key": "a"}]}
    assert read(raw) == (raw, set())


def test_items_of_the_wrong_shape_are_left_out_and_named_where_they_were() -> None:
    raw = {"name": "n", "items": [{"key": 1}, {"key": "a"}, {}, {"key": "b", "count": "x"}, {"key": "c", "other": 1}]}
    readable, wrong = read(raw)
    assert wrong == {"items/0/key", "items/2/key", "items/3/count", "items/4/other"}
    assert readable == {"name": "n", "items": [{"key": "a"}, {"key": "b"}, {"key": "c"}]}


def test_a_pointer_into_the_rest_is_one_into_what_was_given() -> None:
    shape = read_shape(Whole.model_validate, {"name": "n", "items": [{}, {"key": "a"}, {}, {"key": "b"}]}, STAND_INS)
    assert [shape.original(f"/items/{index}/key") for index in (0, 1)] == ["/items/1/key", "/items/3/key"]
    assert shape.original("/name") == "/name"


@pytest.mark.parametrize("raw", [{}, {"name": ""}, {"name": 5}])
def test_what_nothing_can_be_read_without_has_a_stand_in(raw: dict[str, Any]) -> None:
    assert read(raw) == ({"name": "unread"}, {"name"})


def test_a_stand_in_may_be_for_any_name() -> None:
    readable, wrong = read({"name": "n", "named": {"a": {"key": "x"}, "b": 5}})
    assert (readable["named"], wrong) == ({"a": {"key": "x"}, "b": {"key": "k"}}, {"named/b"})


def test_what_only_the_rest_shows_is_told_as_well() -> None:
    raw = {"name": "n", "items": [{"key": 1}, {"key": "a", "count": 20}]}
    readable, wrong = read(raw)
    assert readable is None
    assert wrong == {"items/0/key", ""}


@pytest.mark.parametrize("raw", [None, 5, "text", [], [1]])
def test_of_what_is_no_document_nothing_is_left(raw: Any) -> None:
    readable, wrong = read(raw)
    assert readable is None
    assert wrong == {""}


def test_what_was_given_is_not_changed() -> None:
    raw = {"name": "", "items": [{}]}
    read(raw)
    assert raw == {"name": "", "items": [{}]}


def test_of_very_many_errors_the_first_ones_are_told() -> None:
    shape = read_shape(Whole.model_validate, {"name": "n", "items": [{"other": 1}] * 50_000}, STAND_INS)
    assert shape.readable is None
    assert [error["loc"] for error in shape.errors[:3]] == [
        ("items", 0, "key"),
        ("items", 0, "other"),
        ("items", 1, "key"),
    ]
    assert (len(shape.errors), shape.errors[-1]["msg"]) == (101, "and 99900 more problems; change these first")


def test_what_has_a_wrong_name_goes_with_it_and_is_told_once() -> None:
    named = {"a b": {"key": "x"}, "c d": 5, "e f": {"key": "x", "[key]": 1}, "e": {"key": 5}, "f": {"key": "x"}}
    shape = read_shape(Shortly.model_validate, {"named": named}, {("named", ANY): {"key": "k"}})
    assert shape.readable == {"named": {"e": {"key": "k"}, "f": {"key": "x"}}}
    assert sorted("/".join(map(str, error["loc"])) for error in shape.errors) == [
        "named/a b/[key]",
        "named/c d",
        "named/c d/[key]",
        "named/e f/[key]",
        "named/e f/[key]",
        "named/e/key",
    ]


@pytest.mark.parametrize("key", ["²", "٣", "007", "0", "9" * 5_000, "a~1b"])
def test_a_key_of_digits_is_no_index(key: str) -> None:
    shape = Shape({"body": {key.replace("~1", "/"): [{"x": 1}]}}, [], {("body", key.replace("~1", "/")): [4]})
    assert shape.original(f"/body/{key}/0/x") == f"/body/{key}/4/x"
