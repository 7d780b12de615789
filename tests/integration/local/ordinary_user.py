"""Becomes an ordinary user for good, runs PostgreSQL in that user's home, and prints what came of it.

A program of its own, because there is no way back. Everything is imported first: the user may not be allowed to
read this checkout.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

import asyncpg

from connectors_local import processes
from connectors_local.processes import Supervisor
from connectors_local.servers import PostgresServer, postgres


async def run(home: Path) -> dict[str, object]:
    supervisor = Supervisor(home / "processes")
    server = PostgresServer(supervisor, home / "postgres", durable=False)
    try:
        await server.start()
        connection = await asyncpg.connect(server.url)
        answer = await connection.fetchval("SELECT true")
        await connection.close()
    finally:
        await supervisor.stop_all(2)
    return {"answer": answer, "owner": server.folder.stat().st_uid}


def main() -> None:
    plan = json.loads(sys.argv[1])
    home = Path(plan["home"])
    os.setgroups([])
    os.setgid(plan["gid"])
    os.setuid(plan["uid"])
    os.umask(0o077)
    os.chdir(home)
    os.environ["HOME"] = str(home)
    sys.executable = plan["python"]
    processes.LAUNCHER = home / "launcher.py"  # type: ignore[misc]
    postgres.wheel_folder = lambda: home  # type: ignore[assignment]
    sys.stdout.write(json.dumps(asyncio.run(run(home))))


main()
