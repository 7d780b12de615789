"""The program of a worker process: limits itself before it imports anything that allocates.

Run by its path, not as a module: importing the package would allocate before there is a limit. Arguments: the memory
limit in bytes, the settings as JSON.
"""

import os
import resource
import sys


def main() -> None:
    _limit_resources(int(sys.argv[1]))
    answers = _take_standard_output()
    from connector_executor.transform.serving import serve

    serve(sys.stdin.buffer, answers, sys.argv[2])


def _limit_resources(memory_limit_bytes: int) -> None:
    if sys.platform == "linux":  # macOS refuses a limit on address space
        resource.setrlimit(resource.RLIMIT_AS, (memory_limit_bytes, memory_limit_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _take_standard_output() -> int:
    """Only answers may go to the pipe: whatever a library prints goes to standard error."""
    answers = os.dup(1)
    os.dup2(2, 1)
    return answers


if __name__ == "__main__":
    main()
