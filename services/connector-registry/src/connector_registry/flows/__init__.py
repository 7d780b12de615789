"""The flows of a flow engine, under the registry's origin."""
