"""A service with a wrong configuration says which setting, and repeats no value."""

import os
import subprocess
import sys

import pytest

SECRET = "canary-4f2d9c"


@pytest.mark.parametrize("module", ["connector_registry", "connector_executor", "field_mapper"])
def test_a_missing_setting_is_named_and_no_secret_is_repeated(module: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONNECTORS_")}
    for name in ("DATABASE_URL", "REDIS_URL", "KAFKA_BOOTSTRAP_SERVERS"):
        kept.pop(name, None)
    secrets = {"CONNECTORS_JWT_SECRET": SECRET, "CONNECTORS_ENCRYPTION_KEYS": SECRET, "REDIS_URL": SECRET}
    finished = subprocess.run(
        [sys.executable, "-m", module], env=kept | secrets, capture_output=True, text=True, timeout=60, check=False
    )
    said = finished.stdout + finished.stderr
    assert finished.returncode == 2
    assert "setting KAFKA_BOOTSTRAP_SERVERS" in said
    assert "Traceback" not in said
    assert SECRET not in said
