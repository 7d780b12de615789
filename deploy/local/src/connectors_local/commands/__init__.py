"""The commands of `connectors`, one module each. A new one is added to this table and nowhere else."""

from connectors_local.commands.command import Command
from connectors_local.commands.console import CONSOLE
from connectors_local.commands.dead import DEAD
from connectors_local.commands.demo import DEMO
from connectors_local.commands.demo_limits import DEMO_LIMITS
from connectors_local.commands.down import DOWN
from connectors_local.commands.env import ENV
from connectors_local.commands.logs import LOGS
from connectors_local.commands.npm import NPM
from connectors_local.commands.parked import PARKED
from connectors_local.commands.send import SEND
from connectors_local.commands.status import STATUS
from connectors_local.commands.up import UP
from connectors_local.commands.watermark import WATERMARK
from connectors_local.commands.why import WHY

COMMANDS: tuple[Command, ...] = (
    UP,
    DOWN,
    STATUS,
    LOGS,
    DEMO,
    DEMO_LIMITS,
    CONSOLE,
    NPM,
    SEND,
    WHY,
    WATERMARK,
    PARKED,
    DEAD,
    ENV,
)

__all__ = ["COMMANDS", "Command"]
