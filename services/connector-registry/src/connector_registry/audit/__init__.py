"""What was done in the registry, as administrators read it; what an entry is, the kit says."""
