"""The folders of the registry, its table of features and the contracts about them name the same things."""

import configparser
from pathlib import Path

import connector_registry
from connector_registry.features import FEATURES

CONTRACTS = Path(__file__).parents[3] / ".importlinter"
PACKAGE = Path(connector_registry.__file__).parent


def test_every_folder_with_routes_is_a_feature_of_the_app() -> None:
    assert {path.parent.name for path in PACKAGE.glob("*/routes.py")} == set(FEATURES)


def test_every_folder_with_a_port_or_routes_is_held_to_the_ports_of_others() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(CONTRACTS)
    held = contracts["importlinter:contract:registry-features-know-ports-only"]["modules"].split()
    folders = {path.parent.name for name in ("routes", "port") for path in PACKAGE.glob(f"*/{name}.py")}
    assert {module.removeprefix("connector_registry.") for module in held} == folders - {"outbox"}
