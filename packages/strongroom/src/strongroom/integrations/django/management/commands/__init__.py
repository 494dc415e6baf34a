"""Each command by the name that Django calls it."""
