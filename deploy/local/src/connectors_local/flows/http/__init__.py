"""The engine's REST API: flows, and their runs."""
