"""What the mapper takes: results from Kafka, and requests over HTTP."""
