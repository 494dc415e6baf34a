"""Each by its name."""
