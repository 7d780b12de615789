"""Egress grants: internal hosts that connectors of a workspace may call all the same."""
