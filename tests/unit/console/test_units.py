"""Unit tests of the console, by Vitest."""

import re
from pathlib import Path

import pytest

from tests.console import Ran, files, vitest

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return vitest(tmp_path_factory.mktemp("vitest") / "report.json")


@pytest.mark.parametrize("file", files("*.test.ts") + files("*.test.tsx"))
def test_the_console(ran: Ran, file: str) -> None:
    ran.require(file)


def test_every_file_with_tests_was_run(ran: Ran) -> None:
    assert set(ran.passed) == {*files("*.test.ts"), *files("*.test.tsx")}


def test_folders_import_downwards_only() -> None:
    """`ui` and `json` know nothing of ours, `lib` those two, the others all."""
    below: dict[str, set[str]] = {"ui": {"ui"}, "json": {"json"}, "lib": {"ui", "json", "lib"}}
    wrong = [
        f"{path}: @{target}"
        for folder, allowed in below.items()
        for path in [*files("*.ts"), *files("*.tsx")]
        if path.startswith(f"{folder}/")
        for target in imported(path)
        if target not in allowed
    ]
    assert wrong == []


def imported(path: str) -> set[str]:
    """Top folders that a file imports by their names; `.` of the source itself is "src"."""
    text = (Path(__file__).parents[3] / "console" / path).read_text("utf-8")
    names = set(re.findall(r'(?:from|import\()\s*"(@|@ui|@json|@lib)/', text))
    return {"src" if name == "@" else name[1:] for name in names}
