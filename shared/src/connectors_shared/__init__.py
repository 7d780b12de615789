"""What crosses a process boundary, and how any Connectors service runs."""
