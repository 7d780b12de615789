"""Where connectors are kept and published: Postgres and Kafka, and a twin in memory."""
