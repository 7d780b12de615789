"""The ledger over a short run, with faults that hardly wait for a time-out; `make soak` has the others."""

from pathlib import Path

import pytest

from tests.soak.checks import violations_of
from tests.soak.options import PROFILES, make_plan
from tests.soak.report import keep_evidence, render
from tests.soak.run import carry_out

SEED = 5
FAULTS = ("roll", "scale", "kill-mapper", "valkey-cut", "postgres-cut")


@pytest.mark.timeout(240)
async def test_no_promise_is_broken_in_a_short_run(tmp_path: Path) -> None:
    plan = make_plan(SEED, PROFILES["short"], FAULTS, static=True)
    history, states = await carry_out(plan, tmp_path / "run", print)
    violations = violations_of(history)
    keep_evidence(tmp_path / "evidence", history, violations, states, tmp_path / "run")
    assert violations == [], render(history, violations)
    assert {fault.kind for fault in history.faults} == set(FAULTS)
