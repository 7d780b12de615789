import uuid
from pathlib import Path

from connectors_local.servers.kafka import new_cluster_id
from connectors_local.servers.kafka_settings import broker_properties, format_properties

ONE = {1: "127.0.0.1:2"}
THREE = {1: "127.0.0.1:2", 2: "127.0.0.1:3", 3: "127.0.0.1:4"}


def settings(voters: dict[int, str]) -> dict[str, str]:
    return broker_properties(node_id=1, address="127.0.0.1:1", voters=voters, log_dir=Path("/data"))


def test_a_cluster_id_is_never_taken_for_an_option() -> None:
    dashed = uuid.UUID(int=0xF8 << 120)
    plain = uuid.UUID(int=0)
    drawn = iter([dashed, plain])
    assert new_cluster_id(lambda: next(drawn)) == "A" * 22


def test_topics_are_never_made_on_use() -> None:
    assert settings(ONE)["auto.create.topics.enable"] == "false"
    assert settings(THREE)["auto.create.topics.enable"] == "false"


def test_one_node_needs_no_copy_and_three_hold_a_write_on_two() -> None:
    assert settings(ONE)["default.replication.factor"] == "1"
    assert settings(ONE)["min.insync.replicas"] == "1"
    for topic in ("offsets.topic", "transaction.state.log"):
        assert settings(THREE)[f"{topic}.replication.factor"] == "3"
    assert settings(THREE)["min.insync.replicas"] == "2"


def test_the_quorum_names_every_controller() -> None:
    assert settings(THREE)["controller.quorum.voters"] == "1@127.0.0.1:2,2@127.0.0.1:3,3@127.0.0.1:4"
    assert "controller.quorum.voters" not in settings(ONE)


def test_properties_are_one_line_each() -> None:
    assert format_properties({"a": "1", "b": "2"}) == "a=1\nb=2\n"
