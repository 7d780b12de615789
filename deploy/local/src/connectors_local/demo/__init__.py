"""The story that `connectors demo` tells: a hundred contacts, two connectors in a flow, pretend third-party APIs."""
