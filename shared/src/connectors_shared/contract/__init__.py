"""What the services say to each other: topics, events, connector definitions, failures. No I/O."""
