"""What is asked on the command line, and the plan that it makes."""

import argparse
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.soak.cast import the_cast
from tests.soak.run import Plan
from tests.soak.schedule import ALL_KINDS, LONG, SHORT, Shape, plan_faults


@dataclass(frozen=True, slots=True)
class Profile:
    """How much is asked, for how long, under which faults."""

    executions: int
    seconds: float
    shape: Shape
    settle_seconds: float


PROFILES = {
    "long": Profile(8000, 600, LONG, 300),
    "middle": Profile(3000, 200, LONG, 240),
    "short": Profile(400, 20, SHORT, 60),
}


@dataclass(frozen=True, slots=True)
class Options:
    plan: Plan
    evidence: Path
    only_show: bool


def parse(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="decides load and faults")
    parser.add_argument("--profile", choices=PROFILES, default="long")
    parser.add_argument("--ids", type=int, help="executions, besides the probes")
    parser.add_argument("--seconds", type=float, help="how long load and faults last")
    parser.add_argument("--settle", type=float, help="seconds to come to rest afterwards")
    parser.add_argument("--faults", help="only these kinds, comma-separated; 'none' for no faults")
    parser.add_argument("--without", default="", help="roles of connectors to leave out, comma-separated")
    parser.add_argument("--static", choices=("yes", "no"), help="static members of the groups; else the seed decides")
    parser.add_argument("--evidence", type=Path, help="folder for what is needed to look (default soak-evidence/SEED)")
    parser.add_argument("--show", action="store_true", help="print the schedule, and do nothing")
    found = parser.parse_args(arguments)
    try:
        return Options(_plan(found), found.evidence or Path("soak-evidence") / str(found.seed), found.show)
    except KeyError as unknown:
        parser.error(f"{unknown} is no fault; there are: {', '.join(ALL_KINDS)}")


def make_plan(
    seed: int,
    profile: Profile,
    kinds: Sequence[str] = ALL_KINDS,
    *,
    static: bool | None = None,
    without: Collection[str] = (),
) -> Plan:
    """`without`: roles that have no connector. Raises KeyError for an unknown kind of fault."""
    return Plan(
        seed,
        profile.executions,
        profile.seconds,
        plan_faults(seed, kinds, profile.seconds, profile.shape),
        random.Random(f"static {seed}").random() < 0.5 if static is None else static,
        [connector for connector in the_cast() if connector.role.name not in without],
        profile.settle_seconds,
    )


def _plan(found: argparse.Namespace) -> Plan:
    base = PROFILES[found.profile]
    profile = Profile(
        found.ids or base.executions, found.seconds or base.seconds, base.shape, found.settle or base.settle_seconds
    )
    kinds = list(ALL_KINDS) if found.faults is None else [k for k in found.faults.split(",") if k]
    static = None if found.static is None else found.static == "yes"
    return make_plan(
        found.seed, profile, [] if kinds == ["none"] else kinds, static=static, without=found.without.split(",")
    )
