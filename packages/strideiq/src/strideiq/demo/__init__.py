"""A seeded athlete with known truths."""
