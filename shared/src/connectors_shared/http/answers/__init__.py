"""Where what was answered to requests with an Idempotency-Key is kept: `http/idempotency.py` is the port."""
