"""What has been answered to requests with an Idempotency-Key."""
