"""The coach's tools for outside agents, over the Model Context Protocol."""
