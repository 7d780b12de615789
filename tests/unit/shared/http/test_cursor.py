"""A cursor is what was handed out, or a problem."""

import base64
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_shared.http.cursor import Cursor, cursor_text, parse_cursor
from connectors_shared.http.problems import ProblemError


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_it_comes_back_as_it_went_out(moment: datetime, row_id: UUID) -> None:
    cursor = Cursor(moment, row_id)
    assert parse_cursor(cursor_text(cursor)) == cursor


@pytest.mark.parametrize("text", [None, ""])
def test_without_one_a_list_begins_at_its_beginning(text: str | None) -> None:
    assert parse_cursor(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("x", "AAAA", "é", "\ud800", "a" * 401, encoded("2026-01-01T00:00:00+00:00")),
        encoded("2026-01-01T00:00:00 00000000-0000-0000-0000-000000000000"),
        encoded("0001-01-01T00:00:00+14:00 00000000-0000-0000-0000-000000000000"),
        encoded("9999-12-31T23:59:59-14:00 00000000-0000-0000-0000-000000000000"),
        encoded("9999-99-31T23:59:59+00:00 00000000-0000-0000-0000-000000000000"),
        encoded("2026-01-01T00:00:00+00:00 none"),
    ],
)
def test_anything_else_is_a_problem(text: str) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_cursor(text)
    assert caught.value.problem.status == 422
    assert [error.pointer for error in caught.value.problem.errors] == ["/cursor"]


@given(st.text())
def test_no_text_is_a_fault(text: str) -> None:
    with suppress(ProblemError):
        parse_cursor(text)
