"""The process that keeps the history: `connector.result` and `contact.updated` in, rows and counts out."""
