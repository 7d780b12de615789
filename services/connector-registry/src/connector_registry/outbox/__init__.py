"""What is published: kept in Postgres with the change that it tells of, and sent to Kafka from there."""
