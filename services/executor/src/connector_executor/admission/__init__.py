"""May this execution start now? Deduplication and rate budget in one atomic step."""
