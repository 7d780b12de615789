"""Plain SQL migrations, run by dbmate: each service owns one schema of the database."""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

ATTEMPTS = 3
PAUSE_SECONDS = 0.3


class MigrationError(RuntimeError):
    """dbmate could not bring the schema up to date; the message is its own."""


def migrate(database_url: str, migrations: Path, schema: str) -> None:
    """Apply what is missing. Safe to run by several processes at once: dbmate takes an advisory lock.

    It takes it after it has made its own table, so the first processes on an empty database may trip over each other
    once; trying again is enough.
    """
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
    for attempt in range(1, ATTEMPTS + 1):
        finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        if finished.returncode == 0:
            return
        if attempt < ATTEMPTS:
            time.sleep(PAUSE_SECONDS)
    raise MigrationError(finished.stderr.strip() or finished.stdout.strip())


def _with_ssl_mode(url: str) -> str:
    """lib/pq insists on TLS unless told otherwise; asyncpg tries and falls back, so say what it does."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    query.setdefault("sslmode", "disable" if parts.hostname in ("127.0.0.1", "localhost", "::1") else "prefer")
    return urlunsplit(parts._replace(query=urlencode(query)))
