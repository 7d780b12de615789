"""The SQL beside this module, by name."""

from pathlib import Path
from typing import Any

import aiosql


def load_queries() -> Any:
    """Every query of `sql/*.sql` as a method that takes a connection and named parameters."""
    return aiosql.from_path(Path(__file__).parent / "sql", "asyncpg", mandatory_parameters=False)
