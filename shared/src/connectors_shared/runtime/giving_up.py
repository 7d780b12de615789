"""The end of a process that has met a fault of ours."""

import os
import sys

FAULT_STATUS = 70


def give_up() -> None:
    """End at once, as if killed: what is unfinished is delivered again, to a process in a known state."""
    sys.stdout.flush()
    os._exit(FAULT_STATUS)
