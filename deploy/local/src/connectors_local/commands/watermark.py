"""`connectors watermark`: which execution holds the offset of each partition."""

from argparse import Namespace
from typing import Final

from connectors_local.commands.command import Command


def run(_arguments: Namespace) -> int:
    """0, also when the executor has no partition."""
    # Imported here: Kafka and HTTP clients take a second that the other commands need not wait.
    from connectors_local.operators.terminal import show_watermarks

    return show_watermarks()


WATERMARK: Final = Command("watermark", "show which execution holds the offset of each partition", run)
