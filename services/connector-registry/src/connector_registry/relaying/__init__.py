"""Requests sent on to a service that stands behind the registry, under its origin."""
