"""Plain SQL migrations, run by dbmate: each service owns one schema of the database."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


class MigrationError(RuntimeError):
    """dbmate could not bring the schema up to date; the message is its own."""


def migrate(database_url: str, migrations: Path, schema: str) -> None:
    """Apply what is missing. Safe to run by several processes at once: dbmate takes an advisory lock."""
    command = [
        str(Path(sys.executable).parent / "dbmate"),
        "--migrations-dir",
        str(migrations),
        "--migrations-table",
        f"{schema}_migrations",
        "--no-dump-schema",
        "--wait",
        "migrate",
    ]
    environment = os.environ | {"DATABASE_URL": _with_ssl_mode(database_url)}
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    if finished.returncode != 0:
        raise MigrationError(finished.stderr.strip() or finished.stdout.strip())


def _with_ssl_mode(url: str) -> str:
    """lib/pq insists on TLS unless told otherwise; asyncpg tries and falls back, so say what it does."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    query.setdefault("sslmode", "disable" if parts.hostname in ("127.0.0.1", "localhost", "::1") else "prefer")
    return urlunsplit(parts._replace(query=urlencode(query)))
