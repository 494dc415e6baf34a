"""A whole account out as an open archive, and in again, proven equal."""
