"""The story that `connectors demo` tells: a hundred contacts, one connector, one pretend third-party API."""
