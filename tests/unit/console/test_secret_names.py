"""What the console takes for a secret in a pasted command is at least what the server takes for one."""

import json
from pathlib import Path
from typing import Final

from connectors_shared.definition import secret_names

LISTED: Final = Path(__file__).parents[3] / "console" / "src" / "features" / "builder" / "curl" / "secret-names.json"


def test_the_names_are_those_of_the_server() -> None:
    assert json.loads(LISTED.read_text()) == {
        "contained": list(secret_names.CONTAINED),
        "endings": list(secret_names.ENDINGS),
        "whole": sorted(secret_names.WHOLE),
        "harmless": list(secret_names.HARMLESS),
    }
