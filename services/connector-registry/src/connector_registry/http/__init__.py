"""What every route of the registry has in common."""
