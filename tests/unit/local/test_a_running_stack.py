"""Who has `connectors env` in his shell tests on servers of the tests all the same."""

import os
import subprocess
import sys
from pathlib import Path

from connectors_local.exports import EXPORTED, stack_environment, without_stack
from connectors_local.state import LocalState, StackRecord
from connectors_local.testservers import ServerKind

ROOT = Path(__file__).parents[3]
SEEN = """
import os
from tests import conftest

class Config:
    def getoption(self, *_named):
        return None

conftest.pytest_configure(Config())
print(*sorted(os.environ))
"""


def test_the_exports_of_a_stack_are_known(tmp_path: Path) -> None:
    exported = stack_environment(StackRecord.of_this_process("ready"), LocalState(tmp_path).secrets())
    assert exported.keys() == EXPORTED
    assert without_stack(exported | {"HOME": "/home/ann"}) == {"HOME": "/home/ann"}


def test_the_tests_take_their_servers_from_names_of_their_own() -> None:
    assert not EXPORTED & set(ServerKind)


def test_no_test_hears_of_a_running_stack() -> None:
    environment = os.environ | dict.fromkeys(EXPORTED, "of-the-demo") | {"CONNECTORS_STATE_DIR": "/somewhere"}
    seen = subprocess.run(
        [sys.executable, "-c", SEEN], env=environment, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    ).stdout.split()
    assert not EXPORTED & set(seen)
    assert "CONNECTORS_STATE_DIR" in seen
