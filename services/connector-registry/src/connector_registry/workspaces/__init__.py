"""A workspace: what its owner has settled for all that is done in it."""
