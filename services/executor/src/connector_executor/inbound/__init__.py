"""What comes in: executions and definitions from Kafka, questions over HTTP."""
