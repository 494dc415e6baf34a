"""The weather of runs, from a source that the operator chooses and athletes agree to."""
