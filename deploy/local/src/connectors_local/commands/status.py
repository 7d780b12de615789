"""`connectors status`: what runs, and where."""

from argparse import Namespace
from typing import Final

from connectors_local.commands.command import Command
from connectors_local.state import StackRecord, default_state


def run(arguments: Namespace) -> int:
    """0 when the stack is ready, 1 when it is not."""
    state = default_state()
    record = state.running_record()
    if record is not None:
        print(describe(record))
        return 0 if record.status == "ready" else 1
    print(f"No stack runs in {state.root}.")
    if (last := state.read_record()) is not None and last.failure:
        print(f"The last one failed: {last.failure}")
    return 1


def describe(record: StackRecord) -> str:
    """Addresses only: the database address is shown without its password."""
    if record.status != "ready":
        return f"The stack is {record.status} (process {record.owner_pid})."
    rows = {
        "registry": f"{record.registry_url}  (API docs: {record.registry_internal_url}/docs)",
        "mapper": f"{record.mapper_url}  (API docs: {record.mapper_internal_url}/docs)",
        "executor": record.executor_url,
        "history": record.history_url,
        "flow engine": record.flows_url,
        "pretend API": record.pretend_api_url,
        "metrics": " ".join(
            f"{url}/metrics"
            for url in (
                record.registry_internal_url,
                record.mapper_internal_url,
                record.executor_url,
                record.history_url,
                record.flows_url,
            )
        ),
        "kafka": record.kafka_bootstrap_servers,
        "postgres": record.database_url.rpartition("@")[2],
        "valkey": record.redis_url,
    }
    return "\n".join(f"  {name:<13}{address}" for name, address in rows.items())


STATUS: Final = Command("status", "show what is running, and where", run)
