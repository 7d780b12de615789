"""How any Connectors service runs: settings, logging, metrics, health, and its connections."""
