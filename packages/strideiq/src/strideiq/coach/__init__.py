"""The coach: answers whose every figure resolves to a row of the athlete's."""
