"""Activities, their splits, streams and annotations."""
