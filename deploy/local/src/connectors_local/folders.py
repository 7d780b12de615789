"""Where things are on this machine: the project, and what is worth keeping between projects."""

import os
import shlex
import shutil
import sys
from pathlib import Path


def project_folder() -> Path:
    """The checkout around this package or the current folder; else the current folder."""
    for start in (Path(__file__).resolve(), Path.cwd() / "here"):
        for folder in start.parents:
            if (folder / "deploy" / "local" / "pyproject.toml").exists():
                return folder
    return Path.cwd()


def cache_folder() -> Path:
    """`$CONNECTORS_CACHE_DIR`, else `connectors` in `$XDG_CACHE_HOME` or `~/.cache`; `.local/cache` of the project
    where the home is missing or cannot be written to, as in a container with a user of its own."""
    if chosen := os.environ.get("CONNECTORS_CACHE_DIR"):
        return Path(chosen)
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path(os.path.expanduser("~"), ".cache")) / "connectors"
    return folder if can_be_written(folder) else project_folder() / ".local" / "cache"


def can_be_written(folder: Path) -> bool:
    """Whether files can be made there, after the folder itself has been made if need be."""
    existing = next((path for path in (folder, *folder.parents) if path.exists()), None)
    return (
        existing is not None and existing.is_absolute() and existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
    )


def own_command() -> str:
    """What the shell that we were called from calls this program by: its name where that is found and is this one, else
    the way to it, ready to be pasted."""
    own, found = Path(sys.executable).parent / "connectors", shutil.which("connectors")
    if found is not None and own.exists() and os.path.samefile(found, own):
        return "connectors"
    here = Path.cwd()
    return shlex.quote(str(own.relative_to(here) if own.is_relative_to(here) else own))
