"""API keys of a workspace, and who a caller is."""
