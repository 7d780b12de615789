"""The addresses and tokens of a running stack under the names that every script uses."""

import shlex
from collections.abc import Mapping
from typing import Final

from connectors_local.state import LocalState, StackRecord, StackSecrets
from connectors_local.tokens import DEMO_WORKSPACE, OTHER_WORKSPACE, admin_token, flow_token

EXPORTED: Final = frozenset(
    (
        "CONNECTORS_REGISTRY_URL",
        "CONNECTORS_MAPPER_URL",
        "CONNECTORS_EXECUTOR_URL",
        "CONNECTORS_HISTORY_URL",
        "CONNECTORS_FLOWS_URL",
        "CONNECTORS_REGISTRY_INTERNAL_URL",
        "CONNECTORS_MAPPER_INTERNAL_URL",
        "CONNECTORS_PRETEND_API_URL",
        "CONNECTORS_CONSOLE_URL",
        "CONNECTORS_TOKEN",
        "CONNECTORS_OTHER_TOKEN",
        "CONNECTORS_FLOW_TOKEN",
        "CONNECTORS_OPERATOR_TOKEN",
        "CONNECTORS_WORKSPACE_ID",
        "KAFKA_BOOTSTRAP_SERVERS",
        "DATABASE_URL",
        "REDIS_URL",
    )
)


def stack_environment(record: StackRecord, secrets: StackSecrets) -> dict[str, str]:
    return {
        "CONNECTORS_REGISTRY_URL": record.registry_url,
        "CONNECTORS_MAPPER_URL": record.mapper_url,
        "CONNECTORS_EXECUTOR_URL": record.executor_url,
        "CONNECTORS_HISTORY_URL": record.history_url,
        "CONNECTORS_FLOWS_URL": record.flows_url,
        "CONNECTORS_REGISTRY_INTERNAL_URL": record.registry_internal_url,
        "CONNECTORS_MAPPER_INTERNAL_URL": record.mapper_internal_url,
        "CONNECTORS_PRETEND_API_URL": record.pretend_api_url,
        "CONNECTORS_CONSOLE_URL": f"{record.registry_url}/",
        "CONNECTORS_TOKEN": admin_token(secrets.jwt_secret, DEMO_WORKSPACE),
        "CONNECTORS_OTHER_TOKEN": admin_token(secrets.jwt_secret, OTHER_WORKSPACE),
        "CONNECTORS_FLOW_TOKEN": flow_token(secrets.jwt_secret, DEMO_WORKSPACE),
        "CONNECTORS_OPERATOR_TOKEN": secrets.of_caller("operator", "executor"),
        "CONNECTORS_WORKSPACE_ID": str(DEMO_WORKSPACE),
        "KAFKA_BOOTSTRAP_SERVERS": record.kafka_bootstrap_servers,
        "DATABASE_URL": record.database_url,
        "REDIS_URL": record.redis_url,
    }


def without_stack(environment: Mapping[str, str]) -> dict[str, str]:
    """What is left of it when nothing is known of a running stack."""
    return {name: value for name, value in environment.items() if name not in EXPORTED}


def running_environment(state: LocalState, environment: Mapping[str, str]) -> Mapping[str, str]:
    """The running stack's, else what is given."""
    record = state.running_record()
    if record is not None and record.status == "ready":
        return stack_environment(record, state.secrets())
    return environment


def shell_exports(environment: dict[str, str]) -> str:
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in environment.items())
