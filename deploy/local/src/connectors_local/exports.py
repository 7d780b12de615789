"""The addresses and tokens of a running stack under the names that every script uses."""

import shlex

from connectors_local.state import StackRecord, StackSecrets
from connectors_local.tokens import DEMO_WORKSPACE, OTHER_WORKSPACE, admin_token


def stack_environment(record: StackRecord, secrets: StackSecrets) -> dict[str, str]:
    return {
        "CONNECTORS_REGISTRY_URL": record.registry_url,
        "CONNECTORS_MAPPER_URL": record.mapper_url,
        "CONNECTORS_EXECUTOR_URL": record.executor_url,
        "CONNECTORS_PRETEND_API_URL": record.pretend_api_url,
        "CONNECTORS_CONSOLE_URL": f"{record.registry_url}/docs",
        "CONNECTORS_TOKEN": admin_token(secrets.jwt_secret, DEMO_WORKSPACE),
        "CONNECTORS_OTHER_TOKEN": admin_token(secrets.jwt_secret, OTHER_WORKSPACE),
        "CONNECTORS_INTERNAL_TOKEN": secrets.internal_token,
        "KAFKA_BOOTSTRAP_SERVERS": record.kafka_bootstrap_servers,
        "DATABASE_URL": record.database_url,
        "REDIS_URL": record.redis_url,
    }


def shell_exports(environment: dict[str, str]) -> str:
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in environment.items())
