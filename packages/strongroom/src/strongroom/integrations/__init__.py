"""Guards for the frameworks that applications reach their database through."""
