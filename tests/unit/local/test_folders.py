"""Where the downloads go, also where the home is no place for them."""

import os
from pathlib import Path

import pytest

from connectors_local.folders import cache_folder, can_be_written, own_command, project_folder


def test_the_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CONNECTORS_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "connectors"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "else"))
    assert cache_folder() == tmp_path / "else" / "connectors"
    monkeypatch.setenv("CONNECTORS_CACHE_DIR", "/anywhere")
    assert cache_folder() == Path("/anywhere")


@pytest.mark.parametrize("home", ["/proc/self", "/dev/null", "not-absolute"])
def test_a_home_that_cannot_be_written_to_is_no_place_for_a_cache(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    monkeypatch.delenv("CONNECTORS_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", home)
    assert cache_folder() == project_folder() / ".local" / "cache"


def test_what_can_be_written_is_judged_by_what_is_there(tmp_path: Path) -> None:
    assert can_be_written(tmp_path / "to" / "be" / "made")
    (tmp_path / "file").touch()
    assert not can_be_written(tmp_path / "file" / "below")
    if os.geteuid() != 0:
        tmp_path.chmod(0o500)
        assert not can_be_written(tmp_path / "below")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an environment that this program is in; nothing of it is on the path."""
    folder = tmp_path / "a home" / ".venv" / "bin"
    folder.mkdir(parents=True)
    (folder / "connectors").write_text("#!/bin/sh")
    (folder / "connectors").chmod(0o755)
    monkeypatch.setattr("sys.executable", str(folder / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    return folder


def test_a_command_that_is_not_on_the_path_is_called_by_the_way_to_it(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(installed.parent.parent)
    assert own_command() == ".venv/bin/connectors"
    monkeypatch.chdir("/")
    assert own_command() == f"'{str(installed).removeprefix('/')}/connectors'"


def test_a_command_is_called_by_its_name_only_where_that_is_this_one(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(installed.parent.parent)
    monkeypatch.setenv("PATH", str(installed))
    assert own_command() == "connectors"
    (tmp_path / "connectors").write_text("#!/bin/sh")
    (tmp_path / "connectors").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert own_command() == ".venv/bin/connectors"
