"""Connector definitions: the table of published ones, and each compiled into a plan that can run."""
