"""PostgreSQL on any machine: for root whose folders are closed to others, with any umask, and for ordinary users."""

import asyncio
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from connectors_local import launcher
from connectors_local.processes import Account, Supervisor
from connectors_local.servers import PostgresServer, postgres
from connectors_local.servers.unprivileged import (
    FOLDER,
    INSTALLATION,
    PARTS,
    PROGRAMS,
    NoPlaceError,
    owned_folder,
    passable_programs,
    unprivileged_account,
)

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
USER_OWN = Path(__file__).with_name("ordinary_user.py")


@pytest.fixture
def closed_home(tmp_path: Path) -> Path:
    """With a blank in its path."""
    folder = tmp_path / "a closed home"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def wheel(closed_home: Path) -> Path:
    """Laid out like the real one, as umask 077 leaves it, with programs that do nothing."""
    folder = closed_home / "site-packages"
    for part in PARTS:
        (folder / part).mkdir(parents=True)
        (folder / part / "content").write_text("a version")
    (folder / INSTALLATION / "bin").mkdir()
    for name in PROGRAMS:
        program = folder / INSTALLATION / "bin" / name
        program.write_text("#!/bin/sh\n")
        program.chmod(0o700)
    close(folder)
    return folder


def close(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)


def copy_real_wheel(folder: Path) -> None:
    for part in PARTS:
        if (postgres.wheel_folder() / part).exists():
            shutil.copytree(postgres.wheel_folder() / part, folder / part, symlinks=True)
    (folder / INSTALLATION / "bin").mkdir()
    for name in PROGRAMS:
        shutil.copy2(postgres.wheel_folder() / INSTALLATION / "bin" / name, folder / INSTALLATION / "bin" / name)


@pytest.fixture
def account() -> Account:
    found = unprivileged_account()
    assert found is not None
    return found


@pytest.fixture
def passable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of ours that everybody may pass; pytest's own are closed."""
    folder = Path("/var/tmp") / f"connectors-test-{os.getpid()}-{tmp_path_factory.getbasetemp().name}"
    folder.mkdir()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def umask_077() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def modes(*paths: Path) -> list[int]:
    return [stat.S_IMODE(path.stat().st_mode) for path in paths]


async def run_and_ask(server: PostgresServer) -> object:
    await server.start()
    connection = await asyncpg.connect(server.url)
    try:
        return await connection.fetchval("SELECT now() AT TIME ZONE 'Europe/Berlin' IS NOT NULL")
    finally:
        await connection.close()


@needs_root
@pytest.mark.usefixtures("umask_077")
async def test_root_runs_it_in_and_out_of_folders_that_only_root_enters(
    supervisor: Supervisor,
    closed_home: Path,
    passable: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wheel = closed_home / "site-packages"
    copy_real_wheel(wheel)
    close(wheel)
    monkeypatch.setattr(postgres, "wheel_folder", lambda: wheel)
    monkeypatch.setattr("connectors_local.servers.unprivileged.BASES", (passable,))
    folder = closed_home / "the state" / "postgres"
    server = PostgresServer(supervisor, folder, durable=False)
    assert await run_and_ask(server) is True
    await server.stop()
    await server.start()
    assert modes(closed_home, wheel / INSTALLATION / "bin" / "postgres", folder) == [0o700] * 3, "something was opened"


@needs_root
async def test_another_user_keeps_nothing_of_roots_rights(
    supervisor: Supervisor, tmp_path: Path, account: Account
) -> None:
    log = tmp_path / "log"
    child = supervisor.spawn("cat", ["cat", "/proc/self/status"], log_path=log, account=account)
    assert await child.wait(10)
    fields = dict(line.split(":\t", 1) for line in log.read_text().splitlines() if ":\t" in line)
    assert set(fields["Uid"].split()) == {str(account.uid)}
    assert fields["Groups"].split() == []
    assert {fields[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}


@needs_root
async def test_the_programs_are_copied_once(wheel: Path, passable: Path, account: Account) -> None:
    first = await passable_programs(wheel, account, [passable])
    inode = (first / "postgres").stat().st_ino
    assert await passable_programs(wheel, account, [passable]) == first
    assert (first / "postgres").stat().st_ino == inode
    (wheel / INSTALLATION / "share" / "content").write_text("another version")
    assert await passable_programs(wheel, account, [passable]) != first


def the_user_of_a_copy(wheel: Path, passable: Path) -> "subprocess.Popen[str]":
    """Another process that has asked for it, and ends with its standard input."""
    program = f"""
import asyncio, sys
from pathlib import Path
from connectors_local.servers.unprivileged import passable_programs, unprivileged_account

places = [Path({str(passable)!r})]
print(asyncio.run(passable_programs(Path({str(wheel)!r}), unprivileged_account(), places)), flush=True)
sys.stdin.read()
"""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, text=True)


def a_server(program: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([program, "60"])


def copies(passable: Path) -> int:
    return len(list((passable / FOLDER).glob("postgres-*")))


@needs_root
async def test_a_copy_of_another_version_goes_when_nobody_uses_it(
    wheel: Path, passable: Path, account: Account
) -> None:
    version = wheel / INSTALLATION / "share" / "content"
    with the_user_of_a_copy(wheel, passable) as user:
        assert user.stdout is not None
        assert user.stdout.readline()
        version.write_text("another version")
        await passable_programs(wheel, account, [passable])
        assert copies(passable) == 2, "somebody is about to start it"
        user.communicate()
    version.write_text("the third version")
    await passable_programs(wheel, account, [passable])
    assert copies(passable) == 2, "this process uses two"


@needs_root
async def test_a_copy_whose_server_outlives_its_launcher_stays(wheel: Path, passable: Path, account: Account) -> None:
    sleep = shutil.which("sleep")
    assert sleep is not None
    with the_user_of_a_copy(wheel, passable) as user:
        assert user.stdout is not None
        running = Path(user.stdout.readline().strip()) / "postgres"
        user.communicate()
    shutil.copy2(sleep, running)
    with a_server(running) as server:
        (wheel / INSTALLATION / "share" / "content").write_text("another version")
        await passable_programs(wheel, account, [passable])
        assert running.exists()
        server.kill()


@needs_root
async def test_what_a_killed_copy_left_is_made_again(wheel: Path, passable: Path, account: Account) -> None:
    programs = await passable_programs(wheel, account, [passable])
    whole = programs.parents[2]
    half = whole.rename(whole.with_name(f"{whole.name}.new"))
    (half / INSTALLATION / "bin" / "postgres").unlink()
    assert await passable_programs(wheel, account, [passable]) == programs
    assert not half.exists()


@needs_root
@pytest.mark.parametrize("trap", ["another's", "writable", "a link", "a file"])
async def test_a_place_that_somebody_else_prepared_is_not_used(
    wheel: Path, passable: Path, account: Account, trap: str
) -> None:
    prepared = passable / FOLDER
    match trap:
        case "a link":
            (passable / "elsewhere").mkdir()
            prepared.symlink_to(passable / "elsewhere")
        case "a file":
            prepared.touch()
        case _:
            prepared.mkdir()
            prepared.chmod(0o777 if trap == "writable" else 0o755)
            os.chown(prepared, account.uid if trap == "another's" else 0, 0)
    with pytest.raises(PermissionError):
        owned_folder(prepared)
    with pytest.raises(NoPlaceError, match="only we can write"):
        await passable_programs(wheel, account, [passable])
    next_place = passable / "next"
    next_place.mkdir()
    next_place.chmod(0o755)
    assert (await passable_programs(wheel, account, [passable, next_place])).is_relative_to(next_place)


@needs_root
async def test_a_closed_or_missing_place_is_passed_over(
    wheel: Path, passable: Path, account: Account, tmp_path: Path
) -> None:
    places = [tmp_path / "missing", tmp_path, passable]
    assert (await passable_programs(wheel, account, places)).is_relative_to(passable)


def may_mount() -> bool:
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    return tried.returncode == 0


@needs_root
@pytest.mark.skipif(not (shutil.which("unshare") and may_mount()), reason="this machine lets nobody mount")
def test_a_place_mounted_noexec_is_passed_over(wheel: Path, passable: Path) -> None:
    closed = passable / "noexec"
    closed.mkdir()
    script = f"""
import asyncio
from pathlib import Path
from connectors_local.servers.unprivileged import passable_programs, unprivileged_account
places = [Path({str(closed)!r}), Path({str(passable)!r})]
print(asyncio.run(passable_programs(Path({str(wheel)!r}), unprivileged_account(), places)))
"""
    mount = f'mount -t tmpfs -o noexec tmpfs {closed} && exec {sys.executable} -c "$0"'
    ran = subprocess.run(["unshare", "--mount", "sh", "-c", mount, script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(str(passable / FOLDER))


def python_for(account: Account) -> str | None:
    """An interpreter that this user may run: root's own is often below a home that only root enters."""
    for candidate in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        try:
            subprocess.run(
                [candidate, "-I", "-c", ""], user=account.uid, group=account.gid, extra_groups=[], cwd="/", check=True
            )
        except (OSError, subprocess.SubprocessError):
            continue
        return candidate
    return None


@needs_root
async def test_an_ordinary_user_runs_it_as_himself(passable: Path, account: Account) -> None:
    interpreter = python_for(account)
    if interpreter is None:
        pytest.skip("no Python on this machine that another user may run")
    home = passable / "a home"
    copy_real_wheel(home)
    shutil.copy(launcher.__file__, home / "launcher.py")
    for path in (home, *home.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
    plan = json.dumps({"uid": account.uid, "gid": account.gid, "python": interpreter, "home": str(home)})
    ran = await asyncio.create_subprocess_exec(
        sys.executable, USER_OWN, plan, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await ran.communicate()
    assert ran.returncode == 0, err.decode()
    assert json.loads(out) == {"answer": True, "owner": account.uid}
