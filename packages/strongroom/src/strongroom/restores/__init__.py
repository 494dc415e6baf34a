"""Bringing a backup back: beside what is there, verified, exchanged only when told to."""
