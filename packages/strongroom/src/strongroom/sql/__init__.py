"""Parse SQL once, for everybody who must judge it."""
