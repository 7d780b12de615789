"""Runs a module and notes, every so many milliseconds of CPU, which Python functions are on the stack.

    python -m bench.sampler OUT MODULE

Sampling begins at SIGUSR1; at the end of the process OUT holds one line per stack, innermost function first:
`file:function;file:function;… count`. Time inside C code counts for the Python function that called it; what the
event loop does by itself counts for the callback that it runs next.
"""

import atexit
import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY_SECONDS = 0.001

Stack = tuple[str, ...]


class Sampler:
    """Counts stacks by SIGPROF, which comes as CPU time passes and not while the process waits."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._stacks: Counter[Stack] = Counter()

    def install(self) -> None:
        signal.signal(signal.SIGPROF, self._note)
        signal.signal(signal.SIGUSR1, self._start)
        atexit.register(self._write)

    def _start(self, _number: int, _frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)

    def _note(self, _number: int, frame: FrameType | None) -> None:
        stack = []
        while frame is not None:
            stack.append(f"{frame.f_code.co_filename}:{frame.f_code.co_qualname}")
            frame = frame.f_back
        self._stacks[tuple(stack)] += 1

    def _write(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        lines = [f"{';'.join(stack)} {count}\n" for stack, count in self._stacks.items()]
        self._out.write_text("".join(lines))


def main() -> None:
    out, module = sys.argv[1:3]
    Sampler(Path(out)).install()
    sys.argv[1:] = sys.argv[3:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
