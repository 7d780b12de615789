"""The console's own tests, run once by their own runners; each of their files is a test here."""

import asyncio
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from connectors_local.console.building import console_folder, install_everything
from connectors_local.console.node import environment, node

CONSOLE: Final = console_folder()


@dataclass(frozen=True, slots=True)
class Ran:
    """What a runner told. `failures`: by file, what each failed test of it said; a file without any has passed."""

    passed: Mapping[str, int]
    failures: Mapping[str, Sequence[str]]
    output: str

    def require(self, file: str) -> None:
        assert not self.failures.get(file), "\n\n".join(self.failures[file])
        assert self.passed.get(file), f"{file} ran no test:\n{self.output[-4000:]}"


def files(pattern: str) -> list[str]:
    """Relative to the console's folder."""
    left_out = {"node_modules", "test-results", "built-lib", "built-host"}
    found = (path.relative_to(CONSOLE) for path in CONSOLE.rglob(pattern))
    return sorted(str(path) for path in found if path.parts[0] not in left_out)


def vitest(report: Path) -> Ran:
    words = ["node_modules/vitest/vitest.mjs", "run", "--reporter=json", f"--outputFile={report}"]
    output = _run(words, {})
    passed: dict[str, int] = {}
    failures: dict[str, list[str]] = {}
    for file in _report(report, output)["testResults"]:
        name = str(Path(file["name"]).relative_to(CONSOLE))
        told = [f"{each['fullName']}: {chr(10).join(each['failureMessages'])}" for each in file["assertionResults"]]
        states = [each["status"] for each in file["assertionResults"]]
        passed[name] = states.count("passed")
        failures[name] = [text for text, state in zip(told, states, strict=True) if state != "passed"]
        if file["status"] != "passed" and not failures[name]:
            failures[name] = [file.get("message") or "could not be loaded"]
    return Ran(passed, failures, output)


def playwright(report: Path, settings: Mapping[str, str]) -> Ran:
    """All stories, one after the other, on the stack that `settings` tell of."""
    words = ["node_modules/@playwright/test/cli.js", "test", "--project=stories", "--quiet"]
    output = _run(words, {**settings, "CONSOLE_REPORT": str(report)})
    passed: dict[str, int] = {}
    failures: dict[str, list[str]] = {}
    for suite in _report(report, output)["suites"]:
        name = f"e2e/{suite['file']}"
        for spec in _specs(suite):
            passed[name] = passed.get(name, 0) + bool(spec["ok"])
            if not spec["ok"]:
                results = [result for each in spec["tests"] for result in each["results"]]
                told = [error.get("message", "") for result in results for error in result.get("errors", [])]
                failures.setdefault(name, []).append(f"{spec['title']}:\n" + "\n".join(told))
    return Ran(passed, failures, output)


def _specs(suite: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from suite.get("specs", [])
    for inner in suite.get("suites", []):
        yield from _specs(inner)


def _run(words: Sequence[str], settings: Mapping[str, str]) -> str:
    asyncio.run(install_everything())
    finished = subprocess.run(
        [str(node()), *words], cwd=CONSOLE, env=environment(settings), capture_output=True, text=True, check=False
    )
    return finished.stdout + finished.stderr


def _report(path: Path, output: str) -> Any:
    assert path.is_file(), f"the runner told nothing:\n{output[-4000:]}"
    return json.loads(path.read_text("utf-8"))
