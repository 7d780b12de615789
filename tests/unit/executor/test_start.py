"""What a start of the executor loads: only what the first execution needs."""

import subprocess
import sys

NOT_NEEDED = (
    *("fastapi", "rich", "pygments", "email_validator", "httpx2", "testcontainers"),
    *("jlens", "jsonata", "jsonpath", "re2"),
)


def test_what_only_the_api_or_a_terminal_needs_is_not_loaded() -> None:
    program = f"import connector_executor.__main__, sys; print(*(sys.modules.keys() & {set(NOT_NEEDED)}))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []
