import os
import stat
from dataclasses import asdict
from pathlib import Path

import pytest

from connectors_local.folders import project_folder
from connectors_local.services import WHOLE_STACK
from connectors_local.state import (
    LocalState,
    StackRecord,
    StackSecrets,
    StateInUseError,
    default_state,
    write_privately,
)


@pytest.fixture
def state(tmp_path: Path) -> LocalState:
    state = LocalState(tmp_path / "state")
    state.create()
    return state


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_made_once_and_only_the_owner_reads_them(state: LocalState) -> None:
    first = state.secrets()
    assert state.secrets() == first
    assert mode_of(state.root / "secrets.json") == 0o600


def test_secrets_of_an_older_stack_are_kept_and_completed(state: LocalState) -> None:
    path = state.root / "secrets.json"
    older = {name: value for name, value in asdict(state.secrets()).items() if name != "operator_to_executor"}
    write_privately(path, older)
    completed = state.secrets()
    assert len(completed.operator_to_executor) >= 32
    assert asdict(completed) == older | {"operator_to_executor": completed.operator_to_executor}
    assert state.secrets() == completed
    assert mode_of(path) == 0o600


def test_ports_are_kept_by_server_and_what_cannot_be_used_of_them_is_not_there(state: LocalState) -> None:
    assert state.ports() == {}
    state.keep_ports({"pretend-api": {"http": 21_000}, "registry": {"http": 8080, "internal": 9080}})
    state.keep_ports({"registry": {"http": 8081, "internal": 9080}})
    assert state.ports() == {"pretend-api": {"http": 21_000}, "registry": {"http": 8081, "internal": 9080}}
    for broken in ("", "[]", '{"registry": 5}', '{"registry": {"http": "a"}}'):
        (state.root / "ports.json").write_text(broken)
        assert state.ports() == {}
    (state.root / "ports.json").write_text('{"registry": {"http": 70000}}')
    assert state.ports() == {"registry": {}}


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    secrets = []
    for name in ("one", "two"):
        state = LocalState(tmp_path / name)
        state.create()
        secrets.append(state.secrets())
    assert secrets[0].jwt_secret != secrets[1].jwt_secret
    assert secrets[0].encryption_keys != secrets[1].encryption_keys
    assert secrets[0].operator_to_executor != secrets[1].operator_to_executor
    assert secrets[0].postgres_password != secrets[1].postgres_password


def test_the_record_is_private_and_comes_back_whole(state: LocalState) -> None:
    record = StackRecord.of_this_process("ready", registry_url="http://127.0.0.1:1")
    state.write_record(record)
    assert state.read_record() == record
    assert mode_of(state.root / "stack.json") == 0o600


def test_one_stack_per_folder(state: LocalState) -> None:
    with state.owned():
        assert state.in_use
        with pytest.raises(StateInUseError, match="make down"), state.owned():
            pytest.fail("two stacks hold one folder")
    assert not state.in_use


def test_a_record_counts_only_while_its_owner_holds_the_folder(state: LocalState) -> None:
    state.write_record(StackRecord.of_this_process("ready"))
    assert state.running_record() is None
    with state.owned():
        assert state.running_record() is not None


def test_a_recycled_owner_pid_does_not_count(state: LocalState) -> None:
    with state.owned():
        state.write_record(StackRecord("ready", os.getpid(), "another-boot:1"))
        assert state.running_record() is None


def test_a_torn_record_is_no_record(state: LocalState) -> None:
    (state.root / "stack.json").write_text('{"status": ')
    assert state.read_record() is None


def test_the_state_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONNECTORS_STATE_DIR", str(tmp_path))
    assert default_state().root == tmp_path.resolve()
    monkeypatch.delenv("CONNECTORS_STATE_DIR")
    assert default_state().root == project_folder() / ".local"


def test_there_is_a_secret_for_every_service_that_another_one_calls() -> None:
    secrets = StackSecrets.generate()
    pairs = [(caller, service.name) for service in WHOLE_STACK for caller in service.callers]
    assert len({secrets.of_caller(*pair) for pair in pairs}) == len(pairs)
