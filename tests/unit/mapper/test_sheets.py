"""What is read of a CSV file: its encoding, its records within their bounds, its columns and its cells."""

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_shared.contract.contact import TargetType
from field_mapper.imports.cells import cell_of, guarded, list_in, unguarded
from field_mapper.imports.columns import suggested
from field_mapper.imports.sheets import Delimiter, Encoding, UnreadableSheetError, open_sheet


@given(st.text())
def test_whatever_text_is_guarded_comes_back_and_is_no_formula(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.lists(st.text(), min_size=1))
def test_whatever_tags_are_written_come_back(tags: list[str]) -> None:
    plain = list_in(unguarded(cell_of(tags)))
    assert (plain.split(",") if isinstance(plain, str) else plain) == tags


@pytest.mark.parametrize(
    ("body", "encoding", "delimiter"),
    [
        ("a;b\nü;2\n".encode(), Encoding.UTF_8, Delimiter.SEMICOLON),
        ("\ufeffa\tb\nü\t2\n".encode(), Encoding.UTF_8, Delimiter.TAB),
        ("a|b\nü|2\n".encode("utf-16"), Encoding.UTF_16, Delimiter.PIPE),
        (b"a,b\r\n\xc3\xbc,2", Encoding.UTF_8, Delimiter.COMMA),
        (b'"a;;;",b\n\xc3\xbc,2\n', Encoding.UTF_8, Delimiter.COMMA),
    ],
)
def test_what_is_not_said_of_a_file_is_found_out(body: bytes, encoding: Encoding, delimiter: Delimiter) -> None:
    sheet = open_sheet(io.BytesIO(body))
    assert (sheet.encoding, sheet.delimiter, len(sheet.header)) == (encoding, delimiter, 2)
    assert list(sheet.rows) == [(2, ["ü", "2"])]


def test_windows_1252_is_taken_when_it_is_said() -> None:
    body = "a\nMüller €\n".encode("windows-1252")
    assert list(open_sheet(io.BytesIO(body), Encoding.WINDOWS_1252).rows) == [(2, ["Müller €"])]
    with pytest.raises(UnreadableSheetError, match=r"Line 2 .* encoding=windows-1252"):
        list(open_sheet(io.BytesIO(body)).rows)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_line_is_named_that_is_something_else(end: str) -> None:
    body = end.join(["a,b", *(f"{n},ä" for n in range(3_000))]).encode() + end.encode() + b"\xfc,1"
    with pytest.raises(UnreadableSheetError, match=r"^Line 3002 is not utf-8"):
        list(open_sheet(io.BytesIO(body)).rows)


def test_lines_of_nothing_are_not_read_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("field_mapper.imports.sheets.MOST_LINES", 1_000)
    file = io.BytesIO(b"a\n1\n" + b"\n" * 100_000)
    with pytest.raises(UnreadableSheetError, match="more than 1000 lines"):
        list(open_sheet(file).rows)
    assert file.tell() < 100_000


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: b"", "first line is empty"),
        (lambda: b"a\n" + b"x" * 2_000_000, "line 2 has more than"),
        (lambda: b'a\n"' + b"x,\n" * 200_000, "quote"),
        (lambda: b'a,b\n"1,2\n3,4\n5,6\n', "row 2 has no end. is a quote open"),
        (lambda: b'a,"b\n', "row 1 has no end"),
        (lambda: ",".join(map(str, range(501))).encode() + b"\n1\n", "501 columns"),
        (lambda: b"x" * 300 + b"\n1\n", "name of more than"),
    ],
)
def test_what_is_no_csv_says_what_to_change(make: Callable[[], bytes], says: str) -> None:
    with pytest.raises(UnreadableSheetError, match=f"(?i){says}"):
        list(open_sheet(io.BytesIO(make())).rows)


@pytest.mark.parametrize("before", [b"", b"a,b\n1,2\n"])
def test_a_record_of_many_lines_is_read_no_further_than_a_line_may_be_long(
    before: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("field_mapper.imports.sheets.MOST_LINE", 50_000)
    file = io.BytesIO(before + b'"x\n",' * 100_000)
    with pytest.raises(UnreadableSheetError, match="more than 50000 characters"):
        list(open_sheet(file).rows)
    assert file.tell() < 100_000


def test_many_records_of_lines_may_have_more_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("field_mapper.imports.sheets.MOST_LINE", 20)
    sheet = open_sheet(io.BytesIO(b"a,b\n" + b'"x\ny","z\nz"\n' * 20))
    assert list(sheet.rows) == [(number, ["x\ny", "z\nz"]) for number in range(2, 22)]


def test_columns_are_recognised_by_their_names_each_field_once() -> None:
    header = ["E-Mail", "First Name", "PLZ", "Credit Score", "email", "custom_fields.x", "whatever", "Contact ID"]
    assert suggested(header, {"score": "Credit score", "x": None}) == [
        (TargetType.USER_FIELD, "email"),
        (TargetType.USER_FIELD, "first_name"),
        (TargetType.USER_FIELD, "zip_code"),
        (TargetType.CUSTOM_FIELD, "score"),
        None,
        (TargetType.CUSTOM_FIELD, "x"),
        None,
        (TargetType.USER_FIELD, "id"),
    ]
