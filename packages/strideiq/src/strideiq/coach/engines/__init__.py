"""What makes answers: our own rules, or a language model, behind one door."""
