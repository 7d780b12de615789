"""`python -m tests.soak`: a run, its report, and 0 only when no promise was broken."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.soak.checks import violations_of
from tests.soak.options import Options, parse
from tests.soak.report import keep_evidence, keep_logs, render
from tests.soak.run import carry_out


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


async def soak(options: Options, folder: Path) -> bool:
    try:
        history, states = await carry_out(options.plan, folder, say)
    except BaseException:
        keep_logs(options.evidence, folder)
        say(f"the run itself failed; logs in {options.evidence}")
        raise
    violations = violations_of(history)
    say(render(history, violations))
    if violations:
        keep_evidence(options.evidence, history, violations, states, folder)
        say(f"evidence in {options.evidence}")
    return not violations


def main() -> int:
    options = parse(sys.argv[1:])
    plan = options.plan
    members = "static" if plan.static else "dynamic"
    say(f"seed {plan.seed}: {plan.executions} executions in {plan.seconds:g} s, {members} members")
    for fault in plan.faults:
        say(str(fault))
    if options.only_show:
        return 0
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as folder:
        return 0 if asyncio.run(soak(options, Path(folder))) else 1


if __name__ == "__main__":
    sys.exit(main())
