"""From the text of a question to what is asked: pure, no database, no web."""
