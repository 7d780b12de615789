"""Installs what the lock of the console names, and builds it; what is done already is not done again."""

import asyncio
import contextlib
import hashlib
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from connectors_local.client_types import client_types
from connectors_local.console.node import ConsoleError, node, npm, run
from connectors_local.downloads import exclusive
from connectors_local.folders import cache_folder, project_folder

OURS: Final = ("ui", "json", "lib", "src", "public")
TOP: Final = ("index.html", "vite.config.ts", "vite-budget.ts", "tsconfig.json", "package-lock.json")
BUILT: Final = "services/connector-registry/src/connector_registry/console/built"
CLIENT_TYPES: Final = {
    "docs/reference/openapi-registry.json": "src/api/schema.ts",
    "docs/reference/openapi-mapper.json": "src/api/mapper.ts",
    "docs/reference/openapi-flows.json": "src/api/flows.ts",
}
"""By the document that they are written from."""
STAMP: Final = ".built-from"
INSTALLED: Final = ".connectors-installed"
EVERYTHING, TO_BUILD = "everything", "to-build"

Announce = Callable[[str], None]


def write_client_types() -> None:
    """The types that the console is built with: of reference documents, which are those of the code (`make specs`)."""
    for reference, place in CLIENT_TYPES.items():
        types = console_folder() / place
        told = client_types(json.loads((project_folder() / reference).read_text("utf-8")), reference)
        if not types.is_file() or types.read_text("utf-8") != told:
            types.write_text(told, "utf-8")


def console_folder() -> Path:
    return project_folder() / "console"


def built_folder() -> Path:
    return project_folder() / BUILT


async def build_console(announce: Announce = lambda line: None) -> bool:
    """Whether it had to be built. Raises ConsoleError. In an installed package there is nothing to build."""
    folder, built = console_folder(), built_folder()
    if not folder.is_dir():
        return False
    write_client_types()
    if _built_from(built) == source_hash(folder):
        return False
    async with exclusive(_lock(folder)):
        # Before the build: what changes during it is built the next time.
        now = source_hash(folder)
        if _built_from(built) == now:
            return False
        began = time.monotonic()
        await _install(folder, everything=False)
        await run([str(node()), "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"], folder)
        (built / STAMP).write_text(now, "utf-8")
        announce(f"the console is built ({time.monotonic() - began:.0f} s)")
    return True


@contextlib.asynccontextmanager
async def build_beside(announce: Announce, *, wanted: bool = True) -> AsyncIterator[asyncio.Future[bool]]:
    """Builds it while the block does something else; the block gets whether it is there in the end. A console that
    cannot be built is said and is no reason to go without the rest."""

    async def build() -> bool:
        try:
            if wanted:
                await build_console(announce)
        except (ConsoleError, OSError) as failure:
            announce(f"the console is not built: {failure}")
            return False
        return wanted

    building = asyncio.ensure_future(build())
    try:
        yield building
    finally:
        building.cancel()
        await asyncio.gather(building, return_exceptions=True)


async def install_everything() -> None:
    """Also what checks and tests need. Raises ConsoleError."""
    folder = console_folder()
    write_client_types()
    async with exclusive(_lock(folder)):
        await _install(folder, everything=True)


def source_hash(folder: Path) -> str:
    """Of what goes into the build."""
    return hash_of(folder, sources(folder))


def hash_of(folder: Path, files: Iterable[Path]) -> str:
    """Of their places in the folder and what they hold."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(folder)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def sources(folder: Path) -> Iterator[Path]:
    """Sorted; tests are none."""
    found = [
        path for name in OURS for path in (folder / name).rglob("*") if path.is_file() and ".test." not in path.name
    ]
    yield from sorted([*found, *(folder / name for name in TOP if (folder / name).is_file())])


def _built_from(built: Path) -> str:
    stamp = built / STAMP
    return stamp.read_text("utf-8") if stamp.is_file() else ""


def _lock(folder: Path) -> Path:
    """Of this checkout: two builds of one folder would write into each other."""
    return folder / ".lock"


async def _install(folder: Path, *, everything: bool) -> None:
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / INSTALLED
    has, _, kind = stamp.read_text("utf-8").partition(" ") if stamp.is_file() else ("", "", "")
    if has == wanted and (kind == EVERYTHING or not everything):
        return
    options = ["ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"]
    if not everything:
        options.append("--omit=dev")
    await run([*npm(), *options], folder, {"npm_config_cache": _npm_cache()})
    stamp.write_text(f"{wanted} {EVERYTHING if everything else TO_BUILD}", "utf-8")


def _npm_cache() -> str:
    """Kept between checkouts, also where the home cannot be written to."""
    return os.environ.get("NPM_CONFIG_CACHE") or str(cache_folder() / "npm")
