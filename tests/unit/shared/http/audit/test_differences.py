"""What is told of a change, and what never is."""

from typing import Any

import pytest

from connectors_shared.http.audit.differences import MORE, MOST_BYTES, MOST_CHANGES, differences

KEY = "sk-" + "a1B2" * 12


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [{"pointer": "/a", "before": 1, "after": 2}]),
        ({"a": 1}, {"a": True}, [{"pointer": "/a", "before": 1, "after": True}]),
        ({"a": 1}, {"a": 1.0}, [{"pointer": "/a", "before": 1, "after": 1.0}]),
        ({"a/b": {"~": None}}, {"a/b": {"~": 0}}, [{"pointer": "/a~1b/~0", "before": None, "after": 0}]),
        ({}, {"a": {"b": "c"}}, [{"pointer": "/a/b", "after": "c"}]),
        (
            {"a": [1, 2, 3]},
            {"a": [1, 4]},
            [{"pointer": "/a/1", "before": 2, "after": 4}, {"pointer": "/a/2", "before": 3}],
        ),
        ({"a": "x"}, {"a": ["y"]}, [{"pointer": "/a", "before": "x"}, {"pointer": "/a/0", "after": "y"}]),
        ({"a": {}}, {"a": []}, []),
    ],
)
def test_the_leaves_that_are_others_are_told(before: Any, after: Any, changes: list[dict[str, Any]]) -> None:
    assert differences(before, after) == changes


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"password": "a"}, {"password": "b"}, [{"pointer": "/password", "secret": "changed"}]),
        ({}, {"apiKey": {"deep": "b"}}, [{"pointer": "/apiKey/deep", "secret": "added"}]),
        ({"token": "a"}, {}, [{"pointer": "/token", "secret": "removed"}]),
        (
            {"headers": [{"key": "X-Api-Key", "value": "a"}]},
            {"headers": [{"key": "X-Api-Key", "value": "b"}]},
            [{"pointer": "/headers/0/value", "secret": "changed"}],
        ),
        (
            {"headers": [{"key": "Authorization", "value": "a"}]},
            {"headers": [{"key": "Accept", "value": "b"}]},
            [
                {"pointer": "/headers/0/key", "before": "Authorization", "after": "Accept"},
                {"pointer": "/headers/0/value", "secret": "changed"},
            ],
        ),
        ({"password": {"required": True}}, {"password": {"required": False}},
         [{"pointer": "/password/required", "before": True, "after": False}]),
    ],
)  # fmt: skip
def test_of_what_is_secret_by_its_name_it_is_told_that_it_changed(
    before: Any, after: Any, changes: list[dict[str, Any]]
) -> None:
    assert differences(before, after) == changes


def test_a_key_is_known_by_its_form_and_by_what_stands_before_it() -> None:
    told = str(
        differences({"url": ""}, {"url": f"https://ann:{KEY}@a.example/?k={KEY}", "body": '{"password": "hunter"}'})
    )
    assert KEY not in told
    assert "hunter" not in told
    assert "a.example" in told


def test_what_is_long_is_cut_and_says_so() -> None:
    [change] = differences({"text": "a" * 5_000}, {"text": "short"})
    assert change == {"pointer": "/text", "before": "a" * 1_000, "after": "short", "cut": True}


def test_many_changes_end_by_saying_that_there_are_more() -> None:
    changes = differences({}, {str(n): n for n in range(MOST_CHANGES + 1)})
    assert (len(changes), changes[-1]) == (MOST_CHANGES + 1, MORE)
    large = differences({}, {str(n): "a" * 1_000 for n in range(MOST_CHANGES)})
    assert large[-1] == MORE
    assert len(str(large)) < MOST_BYTES * 1.2


def test_a_deep_document_is_walked_without_recursion() -> None:
    deep: Any = "end"
    for _ in range(100_000):
        deep = [deep]
    [change] = differences([], deep)
    assert change["after"] == "end"
