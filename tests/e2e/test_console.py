"""Stories of the console in a browser, on the real stack. Debian's package `chromium` has to be there."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors_local.console.building import build_console, install_everything
from connectors_local.demo.pretend_api.api import DEFAULT_TOKEN
from connectors_local.services import WHOLE_STACK
from connectors_local.stack import running_stack
from connectors_local.state import LocalState
from connectors_local.tokens import DEMO_WORKSPACE, admin_token
from tests.console import Ran, files, playwright

pytestmark = pytest.mark.timeout(900)
NEEDED = ("registry", "executor", "history", "mapper", "flows", "pretend-api")


@pytest.fixture(scope="module")
async def settings(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, str]]:
    """Where a stack answers, and who one is there."""
    assert shutil.which("chromium"), "Chromium is missing: apt-get install chromium"
    await install_everything()
    await build_console()
    state = LocalState(tmp_path_factory.mktemp("console"))
    services = [spec for spec in WHOLE_STACK if spec.name in NEEDED]
    async with running_stack(state, services=services) as stack:
        record = stack.record()
        yield {
            "CONSOLE_REGISTRY": record.registry_url,
            "CONSOLE_UPSTREAM": record.pretend_api_url,
            "CONSOLE_UPSTREAM_TOKEN": DEFAULT_TOKEN,
            "CONSOLE_TOKEN": admin_token(state.secrets().jwt_secret, DEMO_WORKSPACE),
        }


@pytest.fixture(scope="module")
def ran(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return playwright(Path(tmp_path_factory.mktemp("playwright")) / "report.json", settings)


@pytest.mark.parametrize("file", files("*.spec.ts"))
def test_story(ran: Ran, file: str) -> None:
    ran.require(file)
