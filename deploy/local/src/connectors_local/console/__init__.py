"""The console's tools: Node from a wheel, its packages from the lock, its build beside the registry's code."""
