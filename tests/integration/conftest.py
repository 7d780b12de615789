"""What holds for all tests on real servers."""

import pytest

from connectors_shared.runtime import health


@pytest.fixture(autouse=True)
def patient_readiness(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside another load a check of a test's own process may take longer than a probe waits. What hangs, and how soon
    that is said, is for the tests of health itself."""
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 30.0)
