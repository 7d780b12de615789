"""The real servers, started from packages: Apache Kafka, PostgreSQL, Valkey."""

from connectors_local.servers.kafka import KafkaCluster
from connectors_local.servers.managed import ManagedServer, ServerStartError
from connectors_local.servers.postgres import PostgresServer
from connectors_local.servers.valkey import ValkeyServer

__all__ = ["KafkaCluster", "ManagedServer", "PostgresServer", "ServerStartError", "ValkeyServer"]
