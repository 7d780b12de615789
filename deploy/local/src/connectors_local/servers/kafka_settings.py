"""The settings of one Kafka node."""

from collections.abc import Mapping
from pathlib import Path

IN_SYNC_OF = {1: 1, 3: 2}


def broker_properties(*, node_id: int, address: str, voters: Mapping[int, str], log_dir: Path) -> dict[str, str]:
    """`voters` maps the node id of every controller to its address. Internal topics are kept small."""
    replicas = str(len(voters))
    in_sync = str(IN_SYNC_OF[len(voters)])
    return {
        "process.roles": "broker,controller",
        "node.id": str(node_id),
        "listeners": f"PLAINTEXT://{address},CONTROLLER://{voters[node_id]}",
        "advertised.listeners": f"PLAINTEXT://{address}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        **quorum_properties(voters),
        "log.dirs": str(log_dir),
        "auto.create.topics.enable": "false",
        "default.replication.factor": replicas,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": replicas,
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": replicas,
        "share.coordinator.state.topic.min.isr": in_sync,
        "group.initial.rebalance.delay.ms": "0",
        # A killed broker may register again only when its session has ended: the next start waits this long.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
        "log.cleaner.dedupe.buffer.size": str(8 * 1024 * 1024),
    }


def quorum_properties(voters: Mapping[int, str]) -> dict[str, str]:
    """A single node keeps its voter set in its log, where its address may change from run to run."""
    if len(voters) == 1:
        return {"controller.quorum.bootstrap.servers": next(iter(voters.values()))}
    return {"controller.quorum.voters": ",".join(f"{node}@{at}" for node, at in sorted(voters.items()))}


def format_properties(properties: Mapping[str, str]) -> str:
    return "".join(f"{key}={value}\n" for key, value in properties.items())
