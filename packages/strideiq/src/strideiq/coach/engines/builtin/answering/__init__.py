"""From what is asked to sentences, each of figures that tools found in this turn."""
