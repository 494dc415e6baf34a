"""Whether a sentence says only what the evidence of its turn says: pure, no database, no web."""
