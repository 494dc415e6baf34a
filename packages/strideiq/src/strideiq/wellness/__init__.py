"""How the athlete is, day by day: check-ins, food, injuries, and what goes along with training."""
