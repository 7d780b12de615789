"""An uploaded CSV file as rows: a header, then records, each with the number that a spreadsheet gives it."""

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import BinaryIO, Final

MOST_LINE: Final = 1_048_576
"""Characters of one line, and of all lines of one record."""
MOST_COLUMNS: Final = 500
MOST_ROWS: Final = 1_000_000
MOST_LINES: Final = 4 * MOST_ROWS
"""A row may have several; those of nothing count too, which cost as much to read."""
MOST_NAME: Final = 200
"""Characters of a column's name."""
OPEN_QUOTE: Final = "Is a quote open before it that is never closed?"
BOMS: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

Row = tuple[int, list[str]]
"""Its number, from 2 on, and its cells."""


class Encoding(StrEnum):
    """Of the characters of a file. UTF-16 begins with a byte order mark."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    WINDOWS_1252 = "windows-1252"


class Delimiter(StrEnum):
    COMMA = "comma"
    SEMICOLON = "semicolon"
    TAB = "tab"
    PIPE = "pipe"


CHARACTERS: Final = {Delimiter.COMMA: ",", Delimiter.SEMICOLON: ";", Delimiter.TAB: "\t", Delimiter.PIPE: "|"}


class UnreadableSheetError(Exception):
    """The file is no CSV as it was said to be; the message says what to change."""


@dataclass(slots=True)
class Sheet:
    """What is known of a file, and its rows, which are read as they are asked for.

    Rows of nothing are passed over. One that has more cells than the header is cut to one more than that.
    """

    encoding: Encoding
    delimiter: Delimiter
    header: list[str]
    rows: Iterator[Row]


def open_sheet(file: BinaryIO, encoding: Encoding | None = None, delimiter: Delimiter | None = None) -> Sheet:
    """Of a file that can be read from its beginning. What is not said is found out by the file's first bytes and first
    line. Raises UnreadableSheetError, as `rows` does.
    """
    codec = _codec(file, encoding)
    text = io.TextIOWrapper(file, codec, errors="strict", newline="")
    lines = _lines(text, codec)
    first = next(lines, None)
    if first is None or not first.strip():
        raise UnreadableSheetError("The first line is empty. Send a file whose first line names its columns.")
    found = delimiter or sniffed(first)
    records = _records(chain([first], lines), CHARACTERS[found])
    _, header = next(records)
    return Sheet(_named(codec), found, _checked(header), _rows(records, len(header)))


def sniffed(line: str) -> Delimiter:
    """The delimiter that stands most often in the line, outside of quotes; the comma when there is none."""
    outside = "".join(line.split('"')[::2])
    counts = {delimiter: outside.count(character) for delimiter, character in CHARACTERS.items()}
    return max(counts, key=lambda delimiter: counts[delimiter])


def _codec(file: BinaryIO, encoding: Encoding | None) -> str:
    file.seek(0)
    head = file.read(3)
    file.seek(0)
    marked = next((codec for mark, codec in BOMS.items() if head.startswith(mark)), None)
    if encoding is None:
        return marked or "utf-8"
    if encoding is Encoding.UTF_16 and marked != "utf-16":
        raise UnreadableSheetError("The file has no byte order mark, so it is not UTF-16 as it was said to be.")
    return marked or "utf-8" if encoding is Encoding.UTF_8 else encoding.value


def _named(codec: str) -> Encoding:
    return Encoding.UTF_8 if codec == "utf-8-sig" else Encoding(codec)


def _lines(text: io.TextIOWrapper, codec: str) -> Iterator[str]:
    """At the end the file is as it was: whoever opened it closes it."""
    try:
        number = 0
        while line := _line(text, codec, number := number + 1):
            if number > MOST_LINES:
                raise UnreadableSheetError(f"The file has more than {MOST_LINES} lines. Send it in parts.")
            yield line
    finally:
        with suppress(ValueError):  # it is closed already
            text.detach()


def _line(text: io.TextIOWrapper, codec: str, number: int) -> str:
    """Empty at the end."""
    try:
        line = text.readline(MOST_LINE + 1)
    except UnicodeDecodeError as error:
        is_utf_8 = codec.startswith("utf-8")
        hint = " Send it with encoding=windows-1252 if that is what it is." if is_utf_8 else ""
        # It is decoded some lines ahead.
        ahead = len((error.object[: error.start] + b".").splitlines()) - 1 if is_utf_8 else 0
        raise UnreadableSheetError(f"Line {number + ahead} is not {_named(codec).value}.{hint}") from None
    except UnicodeError:
        raise UnreadableSheetError(f"Line {number} is not {_named(codec).value}.") from None
    if len(line) > MOST_LINE:
        raise UnreadableSheetError(f"Line {number} has more than {MOST_LINE} characters.")
    return line


class _Lines:
    """Those of one record after another, none of which may have more characters than a line: a reader builds all cells
    of a record before anybody can count them.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._record = 0
        self._characters = 0

    def begin_record(self) -> None:
        self._record += 1
        self._characters = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines, None)
        if line is None and self._characters:
            # Only within quotes is one more line asked for: all that follows them stands in one cell.
            raise UnreadableSheetError(f"Row {self._record} has no end. {OPEN_QUOTE}")
        if line is None:
            raise StopIteration
        self._characters += len(line)
        if self._characters > MOST_LINE:
            raise UnreadableSheetError(f"Row {self._record} has more than {MOST_LINE} characters. {OPEN_QUOTE}")
        return line


def _records(all_lines: Iterator[str], delimiter: str) -> Iterator[Row]:
    lines, number = _Lines(all_lines), 0
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        number += 1
        lines.begin_record()
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            where = f"Line {reader.line_num}, row {number}"
            raise UnreadableSheetError(f"{where}: {error}. {OPEN_QUOTE}") from None
        yield number, record


def _checked(header: list[str]) -> list[str]:
    if len(header) > MOST_COLUMNS:
        raise UnreadableSheetError(f"The first line names {len(header)} columns; there may be {MOST_COLUMNS}.")
    names = [name.strip() for name in header]
    if long := next((name for name in names if len(name) > MOST_NAME), None):
        raise UnreadableSheetError(f"The column {long[:40]}… has a name of more than {MOST_NAME} characters.")
    return names


def _rows(records: Iterator[Row], columns: int) -> Iterator[Row]:
    count = 0
    for number, record in records:
        if not any(cell.strip() for cell in record):
            continue
        count += 1
        if count > MOST_ROWS:
            raise UnreadableSheetError(f"The file has more than {MOST_ROWS} rows. Send it in parts.")
        yield number, record[: columns + 1]
