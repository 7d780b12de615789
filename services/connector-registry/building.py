"""uv's build backend, which refuses to make a package without the console that it is to serve.

An editable install is none: there the console is built when it is wanted.
"""

from pathlib import Path
from typing import Any

import uv_build
from uv_build import build_editable, prepare_metadata_for_build_editable, prepare_metadata_for_build_wheel

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

PAGE = Path(__file__).parent / "src" / "connector_registry" / "console" / "built" / "index.html"


def build_wheel(*arguments: Any, **named: Any) -> str:
    _require_console()
    return str(uv_build.build_wheel(*arguments, **named))


def build_sdist(*arguments: Any, **named: Any) -> str:
    _require_console()
    return str(uv_build.build_sdist(*arguments, **named))


def _require_console() -> None:
    if not PAGE.is_file():
        raise SystemExit("The console is not built: run `make console` first.")
