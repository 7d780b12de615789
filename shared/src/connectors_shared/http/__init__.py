"""The kit of every REST API."""
