"""What a start of the executor loads: only what the first execution needs."""

import subprocess
import sys

NOT_NEEDED = (
    *("aiohttp", "fastapi", "rich", "pygments", "email_validator", "httpx2", "testcontainers"),
    *("jlens", "jsonata", "jsonpath", "re2"),
)


def test_what_only_the_api_or_a_terminal_needs_is_not_loaded() -> None:
    program = f"import connector_executor.__main__, sys; print(*(sys.modules.keys() & {set(NOT_NEEDED)}))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []


def test_no_certificates_are_read_for_a_context_that_nobody_uses() -> None:
    program = (
        "import ssl; read = []; ssl.SSLContext.load_default_certs = lambda *_, **__: read.append(1); "
        "import connector_executor.__main__; print(len(read))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["0"]
