"""Prepares its own process, then becomes the given program. Run as a script.

`python -I -S launcher.py '{"parent": 41, "death_signal": 9, "uid": null}' program arg ...`

Doing this in a program of its own keeps ctypes out of the gap between fork and exec, where a lock held by
another thread of the parent would hang the child.
"""

import ctypes
import json
import os
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def become_user(uid: int, gid: int) -> None:
    """For good: nothing of root's rights is kept."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with(parent: int, death_signal: int) -> None:
    """Linux only. Must follow `become_user`: changing the user clears the setting."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit("the parent is gone already")


def main(arguments: list[str]) -> None:
    plan = json.loads(arguments[0])
    if plan["uid"] is not None:
        become_user(plan["uid"], plan["gid"])
    die_with(plan["parent"], plan["death_signal"])
    os.execvp(arguments[1], arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
