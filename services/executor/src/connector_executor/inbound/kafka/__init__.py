"""Executions from `connector.execute`: records in, offsets out."""
