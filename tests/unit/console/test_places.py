"""The console is built wherever the checkout is."""

from pathlib import Path

import pytest

CONSOLE = Path(__file__).parents[3] / "console"
CONFIGS = sorted([*CONSOLE.glob("*.ts"), *CONSOLE.glob("examples/*/*.ts")])


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: str(path.relative_to(CONSOLE)))
def test_no_place_is_left_as_a_url_writes_it(path: Path) -> None:
    """Its blanks would be `%20`, a folder that is not there."""
    assert "import.meta.url).pathname" not in path.read_text("utf-8")
