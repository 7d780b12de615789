"""What an action picker shows: built-in actions, and the connectors of a workspace."""
