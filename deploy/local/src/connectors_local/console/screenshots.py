"""Pictures of every page of a running stack, for people to look at."""

from connectors_local.console.building import build_console, console_folder, install_everything
from connectors_local.console.node import node, run
from connectors_local.demo.pretend_api.api import DEFAULT_TOKEN
from connectors_local.state import StackRecord
from connectors_local.tokens import DEMO_WORKSPACE, admin_token


async def take_screenshots(record: StackRecord, jwt_secret: str) -> None:
    """Into `screenshots/` of the console's folder. Raises ConsoleError."""
    await install_everything()
    await build_console()
    settings = {
        "CONSOLE_REGISTRY": record.registry_url,
        "CONSOLE_UPSTREAM": record.pretend_api_url,
        "CONSOLE_UPSTREAM_TOKEN": DEFAULT_TOKEN,
        "CONSOLE_TOKEN": admin_token(jwt_secret, DEMO_WORKSPACE),
    }
    words = [str(node()), "node_modules/@playwright/test/cli.js", "test", "--project=screenshots"]
    await run(words, console_folder(), settings)
