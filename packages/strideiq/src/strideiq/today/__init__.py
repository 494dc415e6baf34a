"""The home page: what today holds and how things stand, from cards that features give."""
