"""A browser on a running stack: pictures of every page, and how fast pages are."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from connectors_local.console.building import build_console, console_folder, install_everything
from connectors_local.console.node import node, run
from connectors_local.demo.pretend_api.api import DEFAULT_TOKEN
from connectors_local.state import StackRecord
from connectors_local.tokens import DEMO_WORKSPACE, OTHER_WORKSPACE, admin_token

MOST_LCP_MS: Final = 1_500
MOST_INP_MS: Final = 100
MOST_CLS: Final = 0.1


@dataclass(frozen=True, slots=True)
class PageVitals:
    """Of one page at a first visit: when its largest part is drawn, how long what somebody does takes until it is seen,
    and how much of the page moved by itself. `inp` None: nothing was slow enough to be told."""

    page: str
    lcp: float
    inp: float | None
    cls: float


async def take_screenshots(record: StackRecord, jwt_secret: str) -> None:
    """Into `screenshots/` of the console's folder. Raises ConsoleError."""
    await _browse("screenshots", record, jwt_secret)


async def measure_vitals(record: StackRecord, jwt_secret: str) -> list[PageVitals]:
    """Raises ConsoleError."""
    with TemporaryDirectory(prefix="connectors-vitals-") as folder:
        told = Path(folder) / "vitals.json"
        await _browse("vitals", record, jwt_secret, {"CONSOLE_VITALS": str(told)})
        return [PageVitals(**each) for each in json.loads(told.read_text("utf-8"))]


def vitals_table(measured: Sequence[PageVitals]) -> Iterator[str]:
    """A line for each page, with what is over its budget."""
    yield f"{'page':20} {'LCP':>8} {'INP':>8} {'CLS':>6}"
    for each in measured:
        inp = "–" if each.inp is None else f"{each.inp:.0f} ms"
        over = [
            name
            for name, value, most in (
                ("LCP", each.lcp, MOST_LCP_MS),
                ("INP", each.inp or 0, MOST_INP_MS),
                ("CLS", each.cls, MOST_CLS),
            )
            if value > most
        ]
        line = f"{each.page:20} {each.lcp:5.0f} ms {inp:>8} {each.cls:6.3f}"
        yield f"{line}  over: {', '.join(over)}" if over else line
    yield f"budgets: LCP ≤ {MOST_LCP_MS} ms, INP ≤ {MOST_INP_MS} ms, CLS ≤ {MOST_CLS}"


async def _browse(project: str, record: StackRecord, jwt_secret: str, more: Mapping[str, str] | None = None) -> None:
    await install_everything()
    await build_console()
    settings = {
        "CONSOLE_REGISTRY": record.registry_url,
        "CONSOLE_UPSTREAM": record.pretend_api_url,
        "CONSOLE_UPSTREAM_TOKEN": DEFAULT_TOKEN,
        "CONSOLE_TOKEN": admin_token(jwt_secret, DEMO_WORKSPACE),
        "CONSOLE_EMPTY_TOKEN": admin_token(jwt_secret, OTHER_WORKSPACE),
    }
    words = [str(node()), "node_modules/@playwright/test/cli.js", "test", f"--project={project}"]
    await run(words, console_folder(), {**settings, **(more or {})})
