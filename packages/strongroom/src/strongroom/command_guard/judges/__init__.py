"""What no pattern can tell: files, SQL, edits, code."""
