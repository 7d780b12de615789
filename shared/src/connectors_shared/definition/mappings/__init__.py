"""Field mappings: how a value of a response is chosen and understood, read once for whoever saves or uses them."""
