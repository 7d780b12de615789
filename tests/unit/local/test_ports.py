import socket
import subprocess
import sys

from connectors_local.ports import free_port, is_free, release_port


def test_a_taken_port_is_chosen_around() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert not is_free(port)
        assert free_port(port) != port


def test_a_preferred_port_is_taken_once() -> None:
    port = free_port()
    assert free_port(port) != port
    release_port(port)
    assert free_port(port) == port
    release_port(port)


def port_of_another_process(preferred: int) -> int:
    ask = f"from connectors_local.ports import free_port; print(free_port({preferred}))"
    return int(subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout)


def test_a_port_on_which_nobody_listens_yet_is_not_given_to_another_process() -> None:
    port = free_port()
    assert port_of_another_process(port) != port
    release_port(port)
    assert port_of_another_process(port) == port


def test_ports_are_outside_the_ephemeral_range() -> None:
    assert all(20_000 <= free_port() < 32_000 for _ in range(20))
