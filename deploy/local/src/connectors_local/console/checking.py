"""What `make check` asks of the console; skipped while it is as it was when all was well."""

from pathlib import Path
from typing import Final

from connectors_local.console.building import console_folder, hash_of, install_everything, write_client_types
from connectors_local.console.node import node, run

STAMP: Final = ".connectors-checked"
LEFT_OUT: Final = {"node_modules", "screenshots", "test-results", "built-lib", "built-host"}


async def check_console() -> bool:
    """Whether there was something to check. Raises ConsoleError."""
    folder = console_folder()
    write_client_types()
    now = hash_of(folder, _checked(folder))
    stamp = folder / "node_modules" / STAMP
    if stamp.is_file() and stamp.read_text("utf-8") == now:
        return False
    await install_everything()
    await run([str(node()), "node_modules/@biomejs/biome/bin/biome", "check", "."], folder)
    await run([str(node()), "node_modules/typescript/bin/tsc", "--noEmit"], folder)
    stamp.write_text(now, "utf-8")
    return True


async def format_console() -> None:
    """Raises ConsoleError for what is left to be mended by hand."""
    await install_everything()
    await run([str(node()), "node_modules/@biomejs/biome/bin/biome", "check", "--write", "."], console_folder())


def _checked(folder: Path) -> list[Path]:
    found = [path for path in folder.iterdir() if path.name not in LEFT_OUT and not path.name.startswith(".")]
    files = [file for path in found for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file()]
    return sorted(files)
