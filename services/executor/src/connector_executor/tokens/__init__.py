"""Access tokens that APIs refuse: the registry is asked for another one, once for all callers."""
