"""What the owner of a workspace should know of, as it is read."""
