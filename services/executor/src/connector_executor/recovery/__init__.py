"""The store's memory: told what has ended, and refilled from Kafka when it is lost."""
