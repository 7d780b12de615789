"""How long each scene takes, how much is asked for, and what the scenes are called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors_local.limits.cast import Part

ALONE: Final = "the healthy connectors, alone"
BESIDE: Final = "the noisy ones have joined"
ASKING: Final = "no more work comes in: are the offsets committed, is the backlog parked?"
GOING_ON: Final = "it goes on until Ctrl-C"
CLEARING: Final = "clearing away what the noisy ones left"


@dataclass(frozen=True, slots=True)
class Script:
    """The noise lasts longer than a hanging call, which holds its offset until it ends after 30 s.

    The first calls open connections and compile plans: they are a warm-up, not a baseline.
    """

    warm_up_seconds: float = 3.0
    alone_seconds: float = 14.0
    noisy_seconds: float = 34.0
    asking_seconds: float = 35.0
    clearing_seconds: float = 20.0
    look_seconds: float = 1.0
    healthy_connectors: int = 10
    healthy_per_second: float = 40.0
    backlogs: Mapping[Part, int] = field(
        default_factory=lambda: {Part.LIMITED: 400, Part.HANGING: 200, Part.FAILING: 200}
    )
