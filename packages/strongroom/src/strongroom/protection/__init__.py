"""Delete protection inside the database, so that it holds against every client."""
