"""The background half of `connectors up`: holds the stack until it is told to end or a process of it ends."""

import asyncio
import sys

from connectors_local.concurrency import cancelled_by_termination
from connectors_local.services import WHOLE_STACK
from connectors_local.stack import running_stack
from connectors_local.state import default_state


def announce(line: str) -> None:
    print(f"stack: {line}", flush=True)


async def hold_stack() -> None:
    up = running_stack(default_state(), services=WHOLE_STACK, announce=announce)
    async with cancelled_by_termination(), up as stack:
        await stack.watch()


def main() -> int:
    """0 when told to end, 1 when the stack failed."""
    try:
        asyncio.run(hold_stack())
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 0
    except Exception as failure:
        print(f"{type(failure).__name__}: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
