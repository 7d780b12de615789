"""What runs next, and which offsets are finished. No I/O."""
