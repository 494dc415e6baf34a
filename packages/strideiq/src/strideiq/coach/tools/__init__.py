"""What the coach may look up: read-only, bounded, and always of one athlete."""
