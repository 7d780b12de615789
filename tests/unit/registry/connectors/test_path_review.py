"""The paths of one request take no longer than a moment to be judged, however many and however costly they are."""

from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

import httpx2
import pytest

from connectors_shared.definition.paths import iregexp
from connectors_shared.definition.paths.review import PathReview, TooMuchWorkError, path_error

Build = Callable[..., dict[str, Any]]
COSTLY = "$[?match(@,'%d(\\\\P{Cn}){1,20}')]"
TOO_LARGE = "$[?match(@,'%d[\\\\p{L}\\\\p{N}]{1,100}')]"


def judged(paths: Iterable[str]) -> int:
    """How many, until it is too much."""
    review = PathReview()
    for number, path in enumerate(paths):
        try:
            review.error(path)
        except TooMuchWorkError:
            return number
    raise AssertionError("it was never too much")


@pytest.mark.parametrize("template", [COSTLY, TOO_LARGE])
def test_costly_patterns_are_compiled_until_they_take_too_much(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    compile_pattern = iregexp.compile_pattern
    monkeypatch.setattr(iregexp, "compile_pattern", lambda text: compiled.append(text) or compile_pattern(text))
    number = judged(template % number for number in count())
    assert 5 < number < 30
    assert len(compiled) <= number + 1


def test_filters_are_read_until_they_take_too_much() -> None:
    assert 100 < judged(f"$.a{number}" + "[?@]" * 45 for number in count()) < 200


def test_what_is_asked_again_is_known() -> None:
    review = PathReview()
    assert {review.error(COSTLY % 1) for _ in range(1_000)} == {None}
    assert {review.error(f"$.a{number}[?match(@,'(\\\\P{{Cn}}){{1,20}}')]") for number in range(500)} == {None}


def test_as_many_ordinary_filters_as_a_connector_has_are_judged() -> None:
    review = PathReview()
    assert {review.error(f"$.rows[?@.type=='kind {number}'].value") for number in range(1_000)} == {None}
    assert {review.error(f"rows.{number}.value") for number in range(10_000)} == {None}


def test_one_path_is_never_too_much() -> None:
    assert path_error(COSTLY % 1) is None
    assert "too large" in str(path_error(TOO_LARGE % 1))


async def test_the_field_where_it_became_too_much_is_named(client: httpx2.AsyncClient, a_connector: Build) -> None:
    mappings = [{"sourcePath": COSTLY % number, "targetField": "notes"} for number in range(200)]
    body = a_connector(field_mapping_templates=[{"name": "n", "mappings": mappings}])
    answer = await client.post("/api/connectors", json=body)
    assert answer.status_code == 422, answer.text
    (problem,) = answer.json()["errors"]
    assert problem["pointer"].startswith("/field_mapping_templates/0/mappings/")
    assert "too many filters and costly patterns" in problem["detail"]
