"""Judging the paths of one request, which together may take no more than a moment."""

from typing import Final

from connectors_shared.definition.paths.source_path import InvalidPathError, Query, is_plain, read_source_path
from connectors_shared.definition.paths.words import weight_of

MOST_WORK: Final = 400_000
"""In instructions of compiled patterns: some 2 µs each on a busy machine. Plain paths are free."""
WORK_PER_WEIGHT: Final = 10
WORK_PER_PATTERN: Final = 500
WORK_PER_REFUSAL: Final = 20_000
"""RE2 tells that a pattern is too large when it has compiled most of it."""


class TooMuchWorkError(Exception):
    """The paths that were asked about take too much together; the message is for the person who wrote them."""

    def __init__(self) -> None:
        super().__init__("the paths of one connector hold too many filters and costly patterns to check them all")


class PathReview:
    """What keeps somebody from saving a path. Whoever asks about several paths of one document asks the same review."""

    def __init__(self) -> None:
        self._left = MOST_WORK
        self._judged: dict[str, str | None] = {}
        self._patterns: set[str] = set()

    def error(self, path: str) -> str | None:
        """None for a path that may be saved. Raises TooMuchWorkError.

        More than `read_source_path` refuses: a pattern that is none selects nothing, whatever the response holds.
        """
        if path not in self._judged:
            self._judged[path] = self._judge(path)
        return self._judged[path]

    def _judge(self, path: str) -> str | None:
        try:
            if not is_plain(path):
                self._spend(WORK_PER_WEIGHT * weight_of(path))
            found = read_source_path(path)
            if isinstance(found, Query):
                self._check_patterns(found)
        except InvalidPathError as error:
            return str(error)
        return None

    def _check_patterns(self, query: Query) -> None:
        from connectors_shared.definition.paths.jsonpath import patterns_in

        for function, pattern in patterns_in(query.compiled):
            if pattern not in self._patterns:
                self._check_pattern(function, pattern)
                self._patterns.add(pattern)

    def _check_pattern(self, function: str, pattern: str) -> None:
        from connectors_shared.definition.paths.iregexp import InvalidPatternError, compile_pattern

        self._spend(WORK_PER_PATTERN)
        try:
            self._spend(compile_pattern(pattern).size)
        except InvalidPatternError as error:
            self._spend(WORK_PER_REFUSAL)
            raise InvalidPathError(f"the pattern of {function}() cannot be used: {error}") from None

    def _spend(self, work: int) -> None:
        self._left -= work
        if self._left < 0:
            raise TooMuchWorkError


def path_error(path: str) -> str | None:
    """What keeps somebody from saving this one, or None."""
    try:
        return PathReview().error(path)
    except TooMuchWorkError as error:
        return str(error)
