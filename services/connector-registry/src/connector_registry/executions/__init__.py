"""Connectors called now, for somebody who waits for the answer."""
