"""Making a home, running it, and saying where it is."""
