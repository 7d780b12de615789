"""The story that `connectors demo-limits` tells: noisy connectors, and neighbours that do not notice."""
