"""The ledger over a short run, with faults that hardly wait for a time-out; `make soak` has the others.

How soon work goes on is not asserted here: beside another load that is the machine's answer. That it does is.
"""

from pathlib import Path

import pytest

from tests.soak.checks import CHECKS, violations_of
from tests.soak.checks.recovery import recovered_in_time
from tests.soak.options import Profile, make_plan
from tests.soak.report import keep_evidence, render
from tests.soak.run import carry_out
from tests.soak.schedule import SHORT

SEED = 4
FAULTS = ("roll", "kill-mapper", "valkey-cut")
PROFILE = Profile(executions=300, seconds=16, shape=SHORT, settle_seconds=150)


@pytest.mark.timeout(420)
async def test_no_promise_is_broken_in_a_short_run(tmp_path: Path) -> None:
    plan = make_plan(SEED, PROFILE, FAULTS, static=True)
    history, states = await carry_out(plan, tmp_path / "run", print)
    violations = violations_of(history, [check for check in CHECKS if check is not recovered_in_time])
    keep_evidence(tmp_path / "evidence", history, violations, states, tmp_path / "run")
    assert violations == [], render(history, violations)
    assert {fault.kind for fault in history.faults} == set(FAULTS)
