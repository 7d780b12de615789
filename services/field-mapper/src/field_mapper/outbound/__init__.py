"""What the mapper writes to: Postgres and Kafka."""
