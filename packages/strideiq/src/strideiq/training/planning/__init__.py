"""The planning engine: pure, so that a plan can be made and checked without an application."""
