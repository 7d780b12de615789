"""Where the downloads go, also where the home is no place for them."""

import os
from pathlib import Path

import pytest

from connectors_local.folders import cache_folder, can_be_written, project_folder


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
