"""The secrets of connectors: sealed when they come, shown as masks."""
