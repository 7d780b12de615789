"""How the demo looks: live bars and colours on a terminal, plain lines elsewhere."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from connectors_local.demo.flow import FlowReport, Progress
from connectors_local.demo.latencies import Latencies
from connectors_local.demo.pretend_api.api import DEFAULT_TOKEN
from connectors_local.demo.story import Story
from connectors_local.demo.verification import WRITTEN_CUSTOM_FIELDS
from connectors_local.folders import own_command
from connectors_local.state import StackRecord

SAMPLE_SIZE: Final = 6
SHOWN_PROBLEMS: Final = 10
PLAIN_WIDTH: Final = 132
EXAMPLE_PHONE: Final = "6266958105"
"""Of the first contact; the pretend API knows whose it is."""
STAGE: Final = "runs of the flow ended"


def new_console() -> Console:
    """Standard output; wide enough for the table where nobody's terminal sets the width."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PLAIN_WIDTH)


class Display:
    """The audience at the terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._bars: Bars | None = None
        self._task: TaskID | None = None
        self._shown_quarters = 0

    def say(self, line: str) -> None:
        self.console.print(line, markup=False, soft_wrap=True)

    @contextlib.contextmanager
    def follow(self, total: int) -> Iterator[None]:
        self._shown_quarters = 0
        if not self.console.is_terminal:
            yield
            return
        columns = TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn()
        with Bars(*columns, console=self.console) as self._bars:
            self._task = self._bars.add_task(STAGE, total=total)
            yield
        self._bars = None

    def progress(self, progress: Progress) -> None:
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=progress.ended)
        else:
            self._say_each_quarter(progress)

    def _say_each_quarter(self, progress: Progress) -> None:
        quarters = 4 * progress.ended // max(1, progress.total)
        if quarters > self._shown_quarters:
            self._shown_quarters = quarters
            failed = f", {progress.failed} failed" if progress.failed else ""
            self.say(f"{progress.ended} of {progress.total} runs ended{failed}")

    def tell(self, story: Story) -> None:
        """The table of some contacts, the counts, and what went wrong."""
        self.console.print(before_and_after(story.before[:SAMPLE_SIZE], story.after[:SAMPLE_SIZE]))
        for line in summary(story.report):
            self.say(line)
        for problem in story.verdict.problems[:SHOWN_PROBLEMS]:
            self.say(f"  wrong: {problem}")

    def tell_where_to_look(self, record: StackRecord, link: str | None) -> None:
        for line in where_to_look(record, link):
            self.say(line)


def before_and_after(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("phone", "", "name", "address", "city", "state", "zip", "income", "credit", "offer", title="Contacts")
    for old, new in zip(before, after, strict=True):
        was, now = row_of(old), row_of(new)
        changed = [
            Text(value, "bold green" if value != earlier else "") for earlier, value in zip(was, now, strict=True)
        ]
        table.add_row(str(old.get("phone") or ""), Text("before", "dim"), *(Text(value, "dim") for value in was))
        table.add_row("", "after", *changed, end_section=True)
    return table


def row_of(contact: Mapping[str, Any]) -> list[str]:
    name = " ".join(filter(None, (contact.get("first_name"), contact.get("last_name"))))
    custom = contact["custom_fields"]
    values = [name, *(contact.get(field) for field in ("address", "city", "state", "zip_code"))]
    values += [custom.get(name) for name in WRITTEN_CUSTOM_FIELDS]
    return ["–" if value in (None, "") else str(value) for value in values]


def summary(report: FlowReport) -> list[str]:
    counts = report.progress
    return [
        f"{counts.total} runs of a flow with two connectors: {counts.ended - counts.failed} succeeded, "
        f"{counts.failed} failed, in {report.duration_seconds:.2f} s",
        f"start → end of a run  {percentiles(report.run_times())}",
    ]


def percentiles(latencies: Latencies | None) -> str:
    if latencies is None:
        return "not measured"
    return f"p50 {latencies.p50:.0f} ms   p95 {latencies.p95:.0f} ms   p99 {latencies.p99:.0f} ms"


def _example_command(api_url: str) -> str:
    url = f"{api_url}/v2/identities/byPhone?phone={EXAMPLE_PHONE}"
    return f"curl -H 'Authorization: Bearer {DEFAULT_TOKEN}' '{url}'"


def where_to_look(record: StackRecord, link: str | None) -> list[str]:
    """`link`: into the console, where it is used once; None when that could not be built."""
    services = {
        "registry": record.registry_internal_url,
        "mapper": record.mapper_internal_url,
        "executor": record.executor_url,
        "history": record.history_url,
        "flow engine": record.flows_url,
    }
    metrics = [f"  metrics    {url}/metrics  ({name})" for name, url in services.items()]
    command = own_command()
    return [
        "",
        *(_in_the_console(record, link) if link else WITHOUT_CONSOLE),
        "",
        "Where to look next:",
        f"  API docs   {record.registry_internal_url}/docs  (connectors)",
        f"  API docs   {record.mapper_internal_url}/docs  (contacts)",
        *metrics,
        f"  try one    {command} send examples/01_send_one_execution.json",
        f'  addresses  eval "$({command} env)"',
        f"  state      {command} status",
        f"  logs       {command} logs executor",
    ]


WITHOUT_CONSOLE: Final = (
    "The console could not be built, for the reason above. `make console` tries again; then run `make demo` once more.",
)


def _in_the_console(record: StackRecord, link: str) -> list[str]:
    return [
        "The demo's flow in the console, signed in as its administrator (this link works once, within twelve hours):",
        f"  {link}",
        "",
        "To make a connector of your own there: Connectors, Create new, Paste a cURL command. For instance this one,",
        "of the pretend API; its phone becomes a user input in step 2:",
        f"  {_example_command(record.pretend_api_url)}",
    ]
