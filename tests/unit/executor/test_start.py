"""What a start of the executor loads: only what the first execution needs."""

import ssl
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


def test_no_certificates_are_read_for_a_context_that_nobody_uses() -> None:
    program = (
        "import connector_executor.__main__, ssl; from aiohttp.connector import _SSL_CONTEXT_VERIFIED as made; "
        "print(made.cert_store_stats()['x509_ca'], int(made.verify_mode), ssl.create_default_context.__name__)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["0", str(int(ssl.CERT_REQUIRED)), "create_default_context"]
