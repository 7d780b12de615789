"""Prepares its own process, then becomes the given program. Run as a script, never imported.

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
PR_SET_KEEPCAPS: Final = 8
PR_CAP_AMBIENT: Final = 47
PR_CAP_AMBIENT_RAISE: Final = 2
CAP_DAC_OVERRIDE: Final = 1
CAPABILITY_VERSION_3: Final = 0x20080522


def become_user(uid: int, gid: int) -> None:
    """Drop root, but keep the right to reach files: a checkout below /root is closed to every other user."""
    linux = sys.platform == "linux"
    libc = ctypes.CDLL(None, use_errno=True)
    if linux:
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if linux:
        mask = 1 << CAP_DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        # effective, permitted, inheritable; the second triple holds capabilities above 31
        data = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
        if libc.capset(header, data) == 0:
            libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


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
