"""Load, fitness and form, and how the index, efficiency and endurance change over years."""
