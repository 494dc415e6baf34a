"""Your data: whose database this is, and when it was last proven."""
