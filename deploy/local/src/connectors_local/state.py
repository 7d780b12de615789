"""The state folder: who runs the stack, where it answers, its secrets, data and logs.

lock           held while a stack runs here; freed by the kernel however that stack ends
stack.json     addresses and owner of the running stack (0600: the database address holds a password)
secrets.json   what the stack was born with (0600)
ports.json     where its services listened: what people have saved of their addresses stays good
data/ logs/ processes/
"""

import base64
import contextlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from connectors_local.downloads import try_lock
from connectors_local.folders import project_folder
from connectors_local.processes import process_identity, reap_orphans

OWNER_ONLY: Final = 0o600
Status = Literal["starting", "ready", "failed"]


class StateInUseError(Exception):
    """Another stack runs in this state folder."""


@dataclass(frozen=True, slots=True)
class StackRecord:
    """The running stack, as other processes need to know it. Addresses are empty until it is ready."""

    status: Status
    owner_pid: int
    owner_identity: str
    registry_url: str = ""
    mapper_url: str = ""
    executor_url: str = ""
    history_url: str = ""
    flows_url: str = ""
    registry_internal_url: str = ""
    mapper_internal_url: str = ""
    pretend_api_url: str = ""
    kafka_bootstrap_servers: str = ""
    database_url: str = ""
    redis_url: str = ""
    failure: str = ""

    @classmethod
    def of_this_process(cls, status: Status, **fields: str) -> Self:
        pid = os.getpid()
        return cls(status, pid, process_identity(pid) or "", **fields)

    @property
    def owner_runs(self) -> bool:
        return process_identity(self.owner_pid) == self.owner_identity


@dataclass(frozen=True, slots=True)
class StackSecrets:
    """`postgres_password` is the administrator's; each schema has a database user of its own. `…_to_…`: by which the
    one is known to the other."""

    postgres_password: str
    registry_database_password: str
    mapper_database_password: str
    executor_database_password: str
    flows_database_password: str
    jwt_secret: str
    encryption_keys: str
    operator_to_executor: str
    registry_to_executor: str
    registry_to_mapper: str
    registry_to_flows: str
    executor_to_registry: str

    @classmethod
    def generate(cls) -> Self:
        return cls(
            postgres_password=secrets.token_urlsafe(24),
            registry_database_password=secrets.token_urlsafe(24),
            mapper_database_password=secrets.token_urlsafe(24),
            executor_database_password=secrets.token_urlsafe(24),
            flows_database_password=secrets.token_urlsafe(24),
            jwt_secret=secrets.token_urlsafe(48),
            encryption_keys=f"local1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            operator_to_executor=secrets.token_urlsafe(48),
            registry_to_executor=secrets.token_urlsafe(48),
            registry_to_mapper=secrets.token_urlsafe(48),
            registry_to_flows=secrets.token_urlsafe(48),
            executor_to_registry=secrets.token_urlsafe(48),
        )

    def database_password(self, schema: str) -> str:
        """Of the user of a schema."""
        return str(getattr(self, f"{schema}_database_password"))

    def of_caller(self, caller: str, callee: str) -> str:
        """By which the one is known to the other."""
        return str(getattr(self, f"{caller}_to_{callee}"))


@dataclass(frozen=True, slots=True)
class LocalState:
    root: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def processes(self) -> Path:
        return self.root / "processes"

    def create(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (self.data, self.logs, self.processes):
            folder.mkdir(exist_ok=True)

    @contextlib.contextmanager
    def owned(self) -> Iterator[list[str]]:
        """Hold the folder. Yields the names of processes that a killed run had left and that are ended now.

        Raises StateInUseError when another stack runs here.
        """
        self.create()
        with (self.root / "lock").open("w") as lock:
            if not try_lock(lock.fileno()):
                raise StateInUseError(f"a stack runs already in {self.root}; `make down` stops it")
            yield reap_orphans(self.processes)

    @property
    def in_use(self) -> bool:
        path = self.root / "lock"
        if not path.exists():
            return False
        with path.open("w") as lock:
            return not try_lock(lock.fileno())

    def write_record(self, record: StackRecord) -> None:
        write_privately(self.root / "stack.json", asdict(record))

    def read_record(self) -> StackRecord | None:
        """The last stack started here, running or not."""
        with contextlib.suppress(FileNotFoundError, ValueError, TypeError):
            return StackRecord(**json.loads((self.root / "stack.json").read_text()))
        return None

    def running_record(self) -> StackRecord | None:
        record = self.read_record()
        return record if record is not None and record.owner_runs and self.in_use else None

    def ports(self) -> dict[str, dict[str, int]]:
        """By server and listener, where the last stack listened; empty where nothing of use is kept."""
        with contextlib.suppress(FileNotFoundError, ValueError, TypeError, AttributeError):
            kept = json.loads((self.root / "ports.json").read_text())
            return {
                server: {str(listener): int(port) for listener, port in ports.items() if 0 < int(port) < 65_536}
                for server, ports in kept.items()
            }
        return {}

    def keep_ports(self, ports: Mapping[str, Mapping[str, int]]) -> None:
        """Of what runs; what other servers had is kept as well."""
        write_privately(self.root / "ports.json", self.ports() | {server: dict(own) for server, own in ports.items()})

    def secrets(self) -> StackSecrets:
        """Made on first use and kept as long as the data they protect; what an older stack lacks is added."""
        path = self.root / "secrets.json"
        kept = json.loads(path.read_text()) if path.exists() else {}
        complete = asdict(StackSecrets.generate()) | kept
        if complete != kept:
            write_privately(path, complete)
        return StackSecrets(**complete)


def write_privately(path: Path, content: dict[str, Any]) -> None:
    """Atomically, and never readable by others, not even while it is written."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with open(descriptor, "w") as file:
        json.dump(content, file, indent=2)
    fresh.replace(path)


def default_state() -> LocalState:
    """`$CONNECTORS_STATE_DIR`, else `.local` in the project."""
    chosen = os.environ.get("CONNECTORS_STATE_DIR")
    return LocalState((Path(chosen) if chosen else project_folder() / ".local").resolve())
