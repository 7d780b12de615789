"""The whole stack on one machine without Docker, and the demo."""
