"""What comes in: executions from Kafka, the backlog and callers, definitions, and questions over HTTP."""
