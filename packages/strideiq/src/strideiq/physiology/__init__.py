"""Pure equations with their sources; nothing of the application."""
