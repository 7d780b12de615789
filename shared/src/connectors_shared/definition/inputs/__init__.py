"""The inputs of a connector: what a schema may say, which values fit it, and what is made of those that nearly do."""
