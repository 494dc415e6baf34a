"""Answers by a language model: a local server's or a provider's, behind the one door of engines."""
