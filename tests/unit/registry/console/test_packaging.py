"""A package of the registry has the console that it serves, and is not made without one."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

MEMBER = Path(__file__).parents[4] / "services" / "connector-registry"
BUILT = Path("connector_registry", "console", "built")


@pytest.fixture
def member(tmp_path: Path) -> Path:
    """The registry as it is in the repository: without what is built."""
    copy = tmp_path / "registry"
    shutil.copytree(MEMBER, copy, ignore=shutil.ignore_patterns("__pycache__", "built", "*.egg-info"))
    return copy


def build(member: Path, what: str) -> subprocess.CompletedProcess[str]:
    program = f"import building; building.{what}({str(member)!r})"
    programs = str(Path(sys.executable).parent)
    environment = os.environ | {"PATH": os.pathsep.join([programs, os.environ.get("PATH", "")])}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=member, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("what", ["build_wheel", "build_sdist"])
def test_without_the_console_there_is_no_package(member: Path, what: str) -> None:
    refused = build(member, what)
    assert refused.returncode != 0
    assert "The console is not built" in refused.stderr
    assert not [*member.glob("*.whl"), *member.glob("*.tar.gz")]


def test_a_wheel_has_the_console(member: Path) -> None:
    for name in ("index.html", "assets/main.js"):
        file = member / "src" / BUILT / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("built", "utf-8")
    made = build(member, "build_wheel")
    assert made.returncode == 0, made.stderr
    [wheel] = member.glob("*.whl")
    with zipfile.ZipFile(wheel) as package:
        assert {str(BUILT / "index.html"), str(BUILT / "assets" / "main.js")} <= set(package.namelist())
